//! The command `noctule`.

use std::process::ExitCode;

fn main() -> ExitCode {
    noctule::main()
}
