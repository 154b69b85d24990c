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
    println!("  journalctl -o json --since today | noctule send -");
    println!("  noctule send /var/log/nginx/error.log");
    println!("\nAll routes: http://{}/docs    Stop: Ctrl-C\n", config.listen);
}
