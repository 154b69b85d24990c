//! The ways logs write a moment, each a function that reads it off the start of a text.
//!
//! Every form returns the moment and the rest of the text. None looks at what surrounds the
//! moment: whether a number is a time at all is for the caller's layout to decide.

use noctule_domain::Timestamp;

use super::{
    calendar::{Calendar, plausible_unix},
    cursor::Cursor,
};

/// A moment, and what follows it.
pub(super) type Stamp<'a> = (Timestamp, &'a str);

/// `2024-01-15T10:30:00.123Z`, `2024-01-15 10:30:00,123`, `2024/01/15 10:30:00 +0100`.
pub(super) fn iso<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    let year = cursor.number(4)?;
    let separator = cursor.byte(b"-/")?;
    let month = cursor.number(2)?;
    cursor.byte(&[separator])?;
    let day = cursor.number(2)?;
    cursor.byte(b"T t")?;
    let time = cursor.day_time()?;
    let zone = cursor.zone();
    let moment = calendar.moment((signed(year), month, day), time, zone)?;
    Some((moment, cursor.rest()))
}

/// `10/Oct/2000:13:55:36 -0700` (access logs), `15-Jan-2024 10:30:00.123` (Tomcat),
/// `Mon, 15 Jan 2024 10:30:00 GMT` (HTTP).
pub(super) fn day_first<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    if cursor.weekday().is_some() {
        cursor.byte(b",")?;
        cursor.spaces();
    }
    let day = cursor.day()?;
    let separator = cursor.byte(b"/- ")?;
    let month = cursor.month()?;
    cursor.byte(&[separator])?;
    let year = cursor.number(4)?;
    cursor.byte(b": ")?;
    let time = cursor.day_time()?;
    let zone = cursor.zone();
    let moment = calendar.moment((signed(year), month, day), time, zone)?;
    Some((moment, cursor.rest()))
}

/// `Jan 15 10:30:00`, `Jan  5 10:30:00.123456`, `Jan 15 2024 10:30:00` (RFC 3164 and relatives).
pub(super) fn month_first<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    let month = cursor.month()?;
    cursor.byte(b" ")?;
    cursor.spaces();
    let day = cursor.day()?;
    cursor.byte(b" ")?;
    cursor.spaces();
    let year = (cursor.digits_ahead() == 4).then(|| cursor.number(4)).flatten();
    cursor.spaces();
    let time = cursor.day_time()?;
    let zone = cursor.zone();
    let moment = match year {
        Some(year) => calendar.moment((signed(year), month, day), time, zone),
        None => calendar.moment_without_year((month, day), time, zone),
    }?;
    Some((moment, cursor.rest()))
}

/// `Sun Dec 04 04:47:44 2005`, `Wed Oct 11 14:32:52.123456 2023` (C's `ctime`, Apache, `dmesg -T`).
pub(super) fn weekday_first<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    cursor.weekday()?;
    cursor.byte(b" ")?;
    let month = cursor.month()?;
    cursor.byte(b" ")?;
    cursor.spaces();
    let day = cursor.day()?;
    cursor.byte(b" ")?;
    let time = cursor.day_time()?;
    let zone = cursor.zone();
    cursor.byte(b" ")?;
    let year = cursor.number(4)?;
    let moment = calendar.moment((signed(year), month, day), time, zone)?;
    Some((moment, cursor.rest()))
}

/// `17/06/09 20:10:40`, year first (Spark, old Hadoop).
pub(super) fn short_date<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    let year = cursor.number(2)?;
    cursor.byte(b"/")?;
    let month = cursor.number(2)?;
    cursor.byte(b"/")?;
    let day = cursor.number(2)?;
    cursor.byte(b" ")?;
    let time = cursor.day_time()?;
    let moment = calendar.moment((2000 + signed(year), month, day), time, None)?;
    Some((moment, cursor.rest()))
}

/// `081109 203615`, year first (HDFS).
pub(super) fn compact<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    let mut next = || cursor.number(2);
    let date = (2000 + signed(next()?), next()?, next()?);
    cursor.byte(b" ")?;
    let mut next = || cursor.number(2);
    let (hour, minute, second) = (next()?, next()?, next()?);
    let time = super::calendar::DayTime { hour, minute, second, micros: 0 };
    Some((calendar.moment(date, time, None)?, cursor.rest()))
}

/// `0115 10:30:00.123456` and `20240115 10:30:00.123456` (klog and glog).
pub(super) fn joined_date<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    let year = (cursor.digits_ahead() == 8).then(|| cursor.number(4)).flatten();
    let (month, day) = (cursor.number(2)?, cursor.number(2)?);
    cursor.byte(b" ")?;
    let time = cursor.day_time()?;
    let moment = match year {
        Some(year) => calendar.moment((signed(year), month, day), time, None),
        None => calendar.moment_without_year((month, day), time, None),
    }?;
    Some((moment, cursor.rest()))
}

/// `01-15 10:30:00.123`, month first (Android).
pub(super) fn month_and_day<'a>(text: &'a str, calendar: &Calendar) -> Option<Stamp<'a>> {
    let mut cursor = Cursor::new(text);
    let month = cursor.number(2)?;
    cursor.byte(b"-")?;
    let day = cursor.number(2)?;
    cursor.byte(b" ")?;
    let time = cursor.day_time()?;
    Some((calendar.moment_without_year((month, day), time, None)?, cursor.rest()))
}

/// `1705314600`, `1705314600.123`, and milli-, micro- and nanoseconds as whole digits.
pub(super) fn unix(text: &str) -> Option<Stamp<'_>> {
    let cursor = Cursor::new(text);
    let length = match cursor.digits_ahead() {
        10 if text[10..].starts_with('.') => 11 + Cursor::new(&text[11..]).digits_ahead(),
        length @ (10 | 13 | 16 | 19) => length,
        _ => return None,
    };
    let (number, rest) = text.split_at(length);
    Some((plausible_unix(number.parse().ok()?)?, rest))
}

/// Reads a text that is nothing but a moment, as the fields of JSON and logfmt are.
pub(super) fn whole(text: &str, calendar: &Calendar) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(number) = text.parse() {
        return plausible_unix(number);
    }
    [iso, day_first, month_first, weekday_first]
        .iter()
        .find_map(|form| form(text, calendar).filter(|(_, rest)| rest.is_empty()))
        .map(|(moment, _)| moment)
        .or_else(|| Timestamp::parse(text).ok())
}

fn signed(year: u32) -> i32 {
    i32::try_from(year).expect("a year is read from at most four digits")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_reads_its_moment_and_leaves_the_rest() {
        type Form = for<'a> fn(&'a str, &Calendar) -> Option<Stamp<'a>>;
        let table: [(Form, &str, &str); 18] = [
            (iso, "2024-01-15T10:30:00.250Z|", "2024-01-15T10:30:00.250Z"),
            (iso, "2024-01-15 10:30:00,250|", "2024-01-15T10:30:00.250Z"),
            (iso, "2024-01-15 10:30:00 +0100|", "2024-01-15T09:30:00Z"),
            (iso, "2024/01/15 10:30:00|", "2024-01-15T10:30:00Z"),
            (day_first, "10/Oct/2000:13:55:36 -0700|", "2000-10-10T20:55:36Z"),
            (day_first, "15-Jan-2024 10:30:00.123|", "2024-01-15T10:30:00.123Z"),
            (day_first, "Mon, 15 Jan 2024 10:30:00 GMT|", "2024-01-15T10:30:00Z"),
            (month_first, "Jan 15 10:30:00|", "2024-01-15T10:30:00Z"),
            (month_first, "Jan  5 10:30:00.123456|", "2024-01-05T10:30:00.123456Z"),
            (month_first, "Dec 15 10:30:00|", "2023-12-15T10:30:00Z"),
            (month_first, "Jan 15 2019 10:30:00|", "2019-01-15T10:30:00Z"),
            (weekday_first, "Sun Dec 04 04:47:44 2005|", "2005-12-04T04:47:44Z"),
            (weekday_first, "Wed Oct 11 14:32:52.5 2023|", "2023-10-11T14:32:52.500Z"),
            (short_date, "17/06/09 20:10:40|", "2017-06-09T20:10:40Z"),
            (compact, "081109 203615|", "2008-11-09T20:36:15Z"),
            (joined_date, "0115 10:30:00.123456|", "2024-01-15T10:30:00.123456Z"),
            (joined_date, "20220115 10:30:00|", "2022-01-15T10:30:00Z"),
            (month_and_day, "01-15 10:30:00.5|", "2024-01-15T10:30:00.500Z"),
        ];
        for (form, text, shown) in table {
            let (moment, rest) =
                form(text, &Calendar::of_tests()).unwrap_or_else(|| panic!("{text}"));
            assert_eq!((moment.to_string().as_str(), rest), (shown, "|"), "{text}");
        }
    }

    #[test]
    fn unix_times_are_read_by_their_length() {
        for (text, shown, rest) in [
            ("1705314600 m", "2024-01-15T10:30:00Z", " m"),
            ("1705314600.250 m", "2024-01-15T10:30:00.250Z", " m"),
            ("1705314600250", "2024-01-15T10:30:00.250Z", ""),
            ("1705314600250125", "2024-01-15T10:30:00.250125Z", ""),
        ] {
            let (moment, after) = unix(text).unwrap();
            assert_eq!((moment.to_string().as_str(), after), (shown, rest), "{text}");
        }
        for text in ["", "12345", "17053146001 m", "9999999999 m", "0000000001 m"] {
            assert_eq!(unix(text), None, "{text}");
        }
    }

    #[test]
    fn a_field_must_be_a_moment_as_a_whole() {
        for text in [
            "2024-01-15T10:30:00Z",
            "2024-01-15T10:30:00.000+0000",
            " 1705314600 ",
            "1705314600000000",
            "15/Jan/2024:10:30:00 +0000",
            "Jan 15 10:30:00",
        ] {
            let moment = whole(text, &Calendar::of_tests()).unwrap();
            assert_eq!(moment.to_string(), "2024-01-15T10:30:00Z", "{text}");
        }
        for text in ["", "-", "12ms", "0", "20240115", "2024-01-15", "2024-01-15T10:30:00Z late"] {
            assert_eq!(whole(text, &Calendar::of_tests()), None, "{text}");
        }
    }
}
