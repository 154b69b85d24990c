//! What `noctule up` says when it is ready.

use noctule_api::{FirstCredentials, sign_v0};
use noctule_bootstrap::Config;

use crate::client::Client;

/// The body of the line that is offered to be pasted.
const SAMPLE: &str =
    r#"{"severity":"ERROR","message":"Database connection failed after 3 retries"}"#;

pub(super) fn print(config: &Config, first: Option<&FirstCredentials>, model_version: &str) {
    println!("\nNoctule {} is ready.\n", env!("CARGO_PKG_VERSION"));
    println!("  address              http://{}", config.listen);
    println!("  data                 {}", config.data_dir.display());
    println!("  model                {model_version}");
    match first {
        Some(first) if !first.are_given => {
            println!("  signing key (HMAC)   {}", first.hmac_key);
            println!("  admin token (Bearer) {}", first.admin_token);
            println!("\nKey and token are shown this once. This machine's `noctule send` knows");
            println!("them already; other senders need the key, and readers the token.");
        }
        _ => {}
    }
    if let Some(client) = Client::read(config) {
        println!("\nTry it: paste this line, then ask for the task that it names:\n");
        println!(
            "  curl -sS http://{}/api/logs -H 'X-HMAC-Signature: {}' -d '{SAMPLE}'",
            config.listen,
            sign_v0(&client.key, SAMPLE.as_bytes()),
        );
    }
    println!("\nThen send a real log, and see what is abnormal in it and why:\n");
    let own = own_command(config);
    println!("  journalctl -o json --since today | {own} send -");
    println!("  {own} send /var/log/nginx/error.log");
    println!("\nAll routes: http://{}/docs    Stop: Ctrl-C\n", config.listen);
}

/// How this program was called, so that what is printed works when pasted, whether or not the
/// program is in PATH.
fn own_command(config: &Config) -> String {
    let program = std::env::args().next().unwrap_or_else(|| "noctule".to_owned());
    if config.data_dir == Config::default().data_dir {
        return program;
    }
    format!("{program} --data-dir {}", config.data_dir.display())
}
