//! Fetching the package, going on after interruptions.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use ureq::http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_RANGE, RANGE};
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use super::package::Package;
use super::registry::{Registry, without_secrets};
use super::store::Store;
use super::{Phase, Progress, SetupError};

/// How often a broken connection is taken up again before the user is asked to.
const ATTEMPTS: u32 = 4;

/// Downloads the package's archive into the store and returns it open, compared with its digest, and its path.
///
/// Wrong bytes do not stay for the next attempt to go on from.
pub(super) fn fetch(
    package: &Package,
    store: &Store,
    registry: Option<&str>,
    progress: &dyn Progress,
) -> Result<(File, PathBuf), SetupError> {
    let registry = Registry::find(registry)?;
    let folder = store.home().join("downloads");
    std::fs::create_dir_all(&folder).map_err(|e| SetupError::io(&folder, e))?;
    let part = folder.join(format!("{}-{}.tgz.part", package.name, package.short_digest()));
    let url = registry.archive(package);
    let shown = without_secrets(&url);
    let agent = agent(&registry)?;
    progress.phase(Phase::Download);
    let mut attempt = 1;
    loop {
        match transfer(&agent, &registry, package, &url, &part, progress) {
            Ok(()) => break,
            Err(Failure::Final(error)) => return Err(error),
            Err(Failure::Broken(reason)) if attempt == ATTEMPTS => {
                return Err(SetupError::Network { url: shown, reason });
            }
            Err(Failure::Broken(_)) => {
                std::thread::sleep(Duration::from_millis(200 << attempt));
                attempt += 1;
            }
        }
    }
    match package.open_verified(&part, progress) {
        Ok(archive) => Ok((archive, part)),
        Err(SetupError::Digest { package, expected, found, .. }) => {
            // Going on from wrong bytes would never get anywhere.
            let _ = std::fs::remove_file(&part);
            Err(SetupError::Digest { origin: shown, package, expected, found })
        }
        Err(other) => Err(other),
    }
}

enum Failure {
    /// Trying again may help: the connection broke.
    Broken(String),
    /// It will not.
    Final(SetupError),
}

fn agent(registry: &Registry) -> Result<ureq::Agent, SetupError> {
    let mut tls = TlsConfig::builder().root_certs(RootCerts::PlatformVerifier);
    if let Some(file) = &registry.cafile {
        let bad = |reason: String| SetupError::Configuration(format!("cafile {file}: {reason}"));
        let pem = std::fs::read(file).map_err(|e| bad(e.to_string()))?;
        let certificates: Vec<Certificate<'static>> = parse_pem(&pem)
            .filter_map(|item| match item {
                Ok(PemItem::Certificate(certificate)) => Some(Ok(certificate)),
                Ok(_) => None,
                Err(e) => Some(Err(bad(e.to_string()))),
            })
            .collect::<Result<_, _>>()?;
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates));
    }
    let mut config = ureq::Agent::config_builder()
        .tls_config(tls.build())
        .http_status_as_error(false)
        .user_agent(concat!("cargo-harmonic/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(Duration::from_secs(30)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        // Slow is fine, silent is not.
        .timeout_per_read(Some(Duration::from_secs(60)));
    // The environment's proxy settings are the client's default; npm's own rank below them.
    if let (Some(proxy), None) = (&registry.proxy, ureq::Proxy::try_from_env()) {
        let bad = |_| SetupError::Configuration(format!("`{}` is not the URL of a proxy", without_secrets(proxy)));
        config = config.proxy(Some(ureq::Proxy::new(proxy).map_err(bad)?));
    }
    Ok(config.build().new_agent())
}

fn transfer(
    agent: &ureq::Agent,
    registry: &Registry,
    package: &Package,
    url: &str,
    part: &Path,
    progress: &dyn Progress,
) -> Result<(), Failure> {
    let disk = |e| Failure::Final(SetupError::io(part, e));
    let mut file = File::options().create(true).truncate(false).write(true).read(true).open(part).map_err(disk)?;
    let mut have = file.metadata().map_err(disk)?.len();
    if have == package.size {
        return Ok(());
    }
    if have > package.size {
        file.set_len(0).map_err(disk)?;
        have = 0;
    }
    // Encoded on the way, the bytes would not be the ones that the digest is of.
    let mut request = agent.get(url).header(ACCEPT_ENCODING, "identity");
    if let Some(authorization) = &registry.authorization {
        request = request.header(AUTHORIZATION, authorization);
    }
    if have > 0 {
        request = request.header(RANGE, format!("bytes={have}-"));
    }
    let mut response = request.call().map_err(broken)?;
    match response.status().as_u16() {
        200 => have = 0,
        206 if continues_at(&response, have) => {}
        // A range that the server understands differently: from the start, then.
        206 | 416 if have > 0 => {
            file.set_len(0).map_err(disk)?;
            return Err(Failure::Broken("the server could not go on where the download broke off".to_owned()));
        }
        status @ (408 | 429 | 500..=599) => {
            return Err(Failure::Broken(format!("the server answered with status {status}")));
        }
        status => return Err(Failure::Final(SetupError::Refused { url: without_secrets(url), status })),
    }
    file.set_len(have).map_err(disk)?;
    file.seek(SeekFrom::Start(have)).map_err(disk)?;
    let mut body = response.body_mut().as_reader();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                file.write_all(&buffer[..count]).map_err(disk)?;
                have += count as u64;
                progress.advance(have, Some(package.size));
                // Whatever follows is not the package; its digest will say so.
                if have > package.size {
                    return Ok(());
                }
            }
            Err(e) => return Err(Failure::Broken(e.to_string())),
        }
    }
    file.sync_all().map_err(disk)?;
    // A whole answer of another length is another file; one that was cut is gone on with.
    let announced = response.headers().get("content-length").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    match announced {
        Some(length) if have < package.size && have < resumed_total(&response, length) => {
            Err(Failure::Broken("the connection ended early".to_owned()))
        }
        None if have < package.size => Err(Failure::Broken("the connection ended early".to_owned())),
        _ => Ok(()),
    }
}

/// Length of the whole file, by the header of a partial answer or else the length of this answer.
fn resumed_total(response: &ureq::http::Response<ureq::Body>, length: u64) -> u64 {
    let range = response.headers().get(CONTENT_RANGE).and_then(|v| v.to_str().ok());
    range.and_then(|range| range.rsplit_once('/')).and_then(|(_, total)| total.parse().ok()).unwrap_or(length)
}

fn continues_at(response: &ureq::http::Response<ureq::Body>, have: u64) -> bool {
    let range = response.headers().get(CONTENT_RANGE).and_then(|v| v.to_str().ok());
    range.and_then(|range| range.strip_prefix("bytes ")?.split_once('-')?.0.parse().ok()) == Some(have)
}

fn broken(error: ureq::Error) -> Failure {
    match error {
        ureq::Error::BadUri(uri) => {
            Failure::Final(SetupError::Configuration(format!("`{}` is not a URL", without_secrets(&uri))))
        }
        // The text of a proxy's URL may have a password in it.
        ureq::Error::InvalidProxyUrl => {
            Failure::Final(SetupError::Configuration("the proxy's URL is not valid".to_owned()))
        }
        other => Failure::Broken(other.to_string()),
    }
}
