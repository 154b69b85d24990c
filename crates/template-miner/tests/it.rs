//! The border of the crate: what lines become when they are masked.

use noctule_template_miner::{MAX_TEMPLATE_BYTES, Placeholder, mask, masked, template_key, values};
use proptest::prelude::*;

#[track_caller]
fn check(message: &str, expected: &str) {
    assert_eq!(masked(message), expected, "{message}");
}

#[test]
fn plain_words_are_never_masked() {
    for text in [
        "Connection refused",
        "VM Paused",
        "VM Resumed",
        "I/O error, dev sda, and/or N/A",
        "std::vector dead::beef be added",
        "org.apache.hadoop.mapred.MapTask: done.",
        "user=root status=failed",
        "May contain nuts; Sun rises",
        "\"quoted words\" (in brackets) [and more]",
        "größer ≠ kleiner",
    ] {
        check(text, text);
    }
    assert_ne!(template_key(&masked("VM Paused")), template_key(&masked("VM Resumed")));
}

#[test]
fn numbers_sizes_and_hex() {
    check("took 12ms, wrote 3.5GB at 85%", "took <size>, wrote <size> at <num>%");
    check("delta -5 of 1,234,567.89 (+1.5e-3)", "delta <num> of <num> (<num>)");
    check("at 0x7fed806eb5d in deadbeef 3ffb6183", "at <hex> in deadbeef <hex>");
    check("v6.1.7601.23505 build 42.", "<id> build <num>.");
    check("exit=-1 code:-7", "exit=<num> code:<num>");
    check("range 10-20", "range <num>");
}

#[test]
fn addresses_and_names() {
    check("from 10.0.0.7:50010 to /10.1.2.3:80", "from <ip> to /<ip>");
    check("rhost=::ffff:10.100.248.1 [fe80::1]:22", "rhost=<ip> [<ip>]:<num>");
    check("mac 00:1a:2b:3c:4d:5e 00:11:43:e3:ba:c3", "mac <mac>");
    check("device 0000:00:1d.0 [54fadb412c4e40cdbaed9335e4c35a9e]", "device <id> [<hex>]");
    check("req-64fd71c4-a78d-415b-a0ed-4e001f156cc8 ok", "req-<uuid> ok");
    check("open proxy.cse.cuhk.edu.hk:5070", "open <host>");
    check("mail to bob@example.org, see https://x.io/a?b=1.", "mail to <email>, see <url>.");
    check("pull s3://bucket/key failed", "pull <url> failed");
}

#[test]
fn times() {
    check("2024-01-15 10:30:00,123 +0000 start", "<time> start");
    check("[Thu Jun  9 06:06:20 2005] x", "[<time>] x");
    check("2005-06-03-15.42.50.363779 RAS", "<time> RAS");
    check("at 10:30:00, due 15 Jan 2024 10:30", "at <time>, due <time>");
    check("Date: 7 Feb 2024, Thu, 15 Jan 2024 10:30:00 GMT", "Date: <time>");
}

#[test]
fn paths() {
    check("open /etc/x.conf: No such file", "open <path>: No such file");
    check(r#"load "C:\Program Files\App\x.dll""#, r#"load "<path>""#);
    check(r"share \\server\data gone", "share <path> gone");
    check("file:/tmp/x in src/main/x.rs:12", "file:<path> in src/main/x.rs:<num>");
    check("GET /v2/servers?limit=1 HTTP/1.1", "GET <path> HTTP/<num>");
}

#[test]
fn identifiers() {
    check("blk_-439204 blk_17", "blk_<num>");
    check("R02-M1-N0-C:J12-U11 up", "<id> up");
    check("worker-12 on eth0 and node17", "worker-<num> on eth<num> and node<num>");
    check("port 'qg-12345678-9a' and 'qr-1b2c3d4e-ae'", "port 'qg-<id>' and 'qr-<id>'");
    check("pod my-app-7d4b9c6f5d-bvqzx", "pod my-app-<id>");
    check("token dGhpcyBpcyBhIHRlc3Q+b2Yg/GJhc2U2NA==", "token <id>");
    check("task_200811092030_0001_m_000081_0", "task_<id>");
    check("Http2Connection x86_64 Foo@1a2b3c", "Http<num>Connection <id> Foo@<id>");
}

#[test]
fn lists_become_one_element() {
    check("[1, 2, 3] and [4]", "[<num>] and [<num>]");
    check("words 3ffb6183 12345678 cc79128b", "words <hex>");
    check("words 12345678 3ffb6183", "words <hex>");
    check("dump de ad 0b ef 01 02 end", "dump <hex> end");
    check("ids 'a1', 'b2', 'c3'.", "ids '<id>'.");
    check("points (1, 2), (3, 4)", "points (<num>)");
    check("nodes worker-1, worker-2, worker-3 left", "nodes worker-<num> left");
    check("a=1, b=2", "a=<num>, b=<num>");
    check("(1) [2]", "(<num>) [<num>]");
}

#[test]
fn white_space_colours_and_further_lines_do_not_matter() {
    check("  a \t b\u{1b}[31mERROR\u{1b}[0m c\r", "a b ERROR c");
    check(
        "\nTraceback (most recent call last):\n  File \"x\", line 1",
        "Traceback (most recent call last):",
    );
    check("", "");
    check(" \n\t", "");
    check("12345", "<num>");
    check("<num> <ip>", "<num> <ip>");
}

#[test]
fn only_a_bounded_prefix_counts() {
    let long = format!("start {}", "word 17 ".repeat(40_000));
    assert!(long.len() > 256 * 1024);
    let text = masked(&long);
    assert!(text.len() <= MAX_TEMPLATE_BYTES && text.starts_with("start word <num> word"));
    assert_eq!(masked(&text), text);
    assert_eq!(masked(&"é".repeat(200_000)).len(), MAX_TEMPLATE_BYTES);
}

#[test]
fn the_buffer_is_reused_and_values_keep_every_element() {
    let mut out = String::from("stale");
    mask("x 1", &mut out);
    assert_eq!(out, "x <num>");
    let found: Vec<_> = values("a [1, 2] of 10.0.0.7:80").collect();
    let num = |text| (Placeholder::Num, text);
    assert_eq!(found, [num("1"), num("2"), (Placeholder::Ip, "10.0.0.7:80")]);
}

/// Pieces that make the rules of the masker meet each other, separated by `¦`.
const PIECES: &str = "a¦C¦x1¦foo¦Http2Conn¦12¦0¦8bad¦12345678¦3ffb6183¦00000042¦1.5¦7ms¦1d¦1h30m¦\
    10.0.0.7¦::1¦fe80::1¦::¦de¦ad¦01¦00:1a:2b:3c:4d:5e¦Jan¦Thu¦15¦10:30:00¦2024-01-15¦2024¦Z¦UTC¦\
    /¦//¦\\¦\\\\¦C:¦x.com¦.com¦.edu.hk¦@¦bob@x.org¦http://¦://¦-¦_¦.¦:¦+¦%¦~¦ ¦  ¦\t¦,¦;¦=¦|¦(¦)¦[¦]¦\
    {¦}¦<¦>¦\"¦'¦<num>¦<hex>¦<id>¦<path>¦\u{1b}[1m¦\u{1b}¦\r¦\n¦\u{a0}¦é¦\u{2028}¦µs¦blk_¦bvqzx¦0x¦e¦\
    64fd71c4-a78d-415b-a0ed-4e001f156cc8¦b2Yg/GJhc2U2NAdGhpcyBpcyBhIHR¦ Files\\¦\0¦!¦?¦...";

fn log_like() -> impl Strategy<Value = String> {
    let pieces: Vec<&str> = PIECES.split('¦').collect();
    prop::collection::vec(prop::sample::select(pieces), 0..24).prop_map(|pieces| pieces.concat())
}

#[track_caller]
fn check_invariants(message: &str) -> Result<(), TestCaseError> {
    let once = masked(message);
    prop_assert_eq!(&masked(&once), &once, "not idempotent for {:?}", message);
    prop_assert!(once.len() <= MAX_TEMPLATE_BYTES);
    prop_assert!(!once.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_control()));
    prop_assert_eq!(once.trim_matches(' '), &once);
    for (_, value) in values(message) {
        prop_assert!(!value.is_empty() && message.contains(value));
    }
    Ok(())
}

/// More cases than usual, because a case takes a microsecond; `PROPTEST_CASES` asks for more.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases.max(2_000), failure_persistence: None, ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn masking_a_masked_text_changes_nothing(message in log_like()) {
        check_invariants(&message)?;
    }

    #[test]
    fn any_text_is_masked_without_panic(message in "\\PC{0,80}|[ -~]{0,200}|(?s).{0,60}") {
        check_invariants(&message)?;
    }
}
