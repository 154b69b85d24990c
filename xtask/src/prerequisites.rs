//! What the tests need beside the toolchain, installed if that is possible.

use std::{path::Path, process::Command};

use anyhow::bail;

use crate::step;

/// A program that the tests start, and the Debian package that has it.
struct Need {
    package: &'static str,
    what: &'static str,
    is_here: fn() -> bool,
}

const NEEDS: [Need; 3] = [
    Need { package: "redis-server", what: "redis-server", is_here: || runs("redis-server", "-v") },
    Need { package: "postgresql", what: "PostgreSQL's initdb and postgres", is_here: has_postgres },
    Need {
        package: "python3-aiosmtpd",
        what: "the mail server aiosmtpd",
        is_here: || runs_quietly(Command::new("/usr/bin/python3").args(["-c", "import aiosmtpd"])),
    },
];

/// Installs what is missing when it may, and otherwise says exactly what to install.
pub(crate) fn ensure() -> anyhow::Result<()> {
    let missing: Vec<_> = NEEDS.iter().filter(|need| !(need.is_here)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<_> = missing.iter().map(|need| need.package).collect();
    let by_hand = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !is_root() || !runs("apt-get", "--version") {
        let what: Vec<_> = missing.iter().map(|need| need.what).collect();
        bail!("the tests need {}; on Debian or Ubuntu:\n    sudo {by_hand}", what.join(", "));
    }
    step::run("apt-get update", Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive");
    install.args(["install", "-y", "-qq", "--no-install-recommends"]).args(&packages);
    step::run(&by_hand, &mut install)?;
    if let Some(need) = NEEDS.iter().find(|need| !(need.is_here)()) {
        bail!("{} was installed, but {} does not run", need.package, need.what);
    }
    Ok(())
}

/// Whether cargo has the test runner that runs each test in a process of its own.
pub(crate) fn has_nextest() -> bool {
    runs_quietly(&mut step::cargo(&["nextest", "--version"]))
}

fn has_postgres() -> bool {
    runs("initdb", "--version")
        || std::fs::read_dir("/usr/lib/postgresql").is_ok_and(|mut versions| {
            versions.any(|version| {
                version.is_ok_and(|version| version.path().join("bin/initdb").exists())
            })
        })
}

fn is_root() -> bool {
    Path::new("/proc/self").exists()
        && Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout.trim_ascii() == b"0")
}

fn runs(program: &str, argument: &str) -> bool {
    runs_quietly(Command::new(program).arg(argument))
}

fn runs_quietly(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
