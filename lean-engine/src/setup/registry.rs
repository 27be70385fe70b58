//! Where packages come from: the user's npm configuration.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use npmrc_config_rs::{Credentials, NpmrcConfig};

use super::{Package, SetupError};

/// A registry with what it takes to talk to it.
pub(super) struct Registry {
    base: String,
    /// Value of the `Authorization` header.
    pub(super) authorization: Option<String>,
    /// The proxy that npm is told to use, if it is.
    pub(super) proxy: Option<String>,
    /// File of certificates to trust instead of the system's.
    pub(super) cafile: Option<String>,
}

impl Registry {
    /// `named`, or `npm_config_registry`, or what `.npmrc` files say, or npm's default.
    pub(super) fn find(named: Option<&str>) -> Result<Self, SetupError> {
        let config = NpmrcConfig::load().map_err(|e| SetupError::Configuration(e.to_string()))?;
        let default = config.default_registry();
        let variable = ["npm_config_registry", "NPM_CONFIG_REGISTRY"].into_iter().find_map(filled);
        let url = match named.map(str::to_owned).or(variable) {
            Some(text) => {
                // Through the URL type of the configuration's crate, so that credentials are looked up for the same thing.
                let slashed = if text.ends_with('/') { text.clone() } else { format!("{text}/") };
                default
                    .join(&slashed)
                    .ok()
                    .filter(|_| text.contains("://"))
                    .ok_or_else(|| SetupError::Configuration(format!("`{text}` is not the URL of a registry")))?
            }
            None => default,
        };
        let authorization = config.credentials_for(&url).and_then(|credentials| authorization(&credentials));
        let mut base = url.as_str().to_owned();
        if !base.ends_with('/') {
            base.push('/');
        }
        let proxy = config.get("https-proxy").or_else(|| config.get("proxy")).filter(|proxy| proxy.contains("://"));
        Ok(Self {
            base,
            authorization,
            proxy: proxy.map(str::to_owned),
            cafile: filled("npm_config_cafile").or_else(|| config.get("cafile").map(str::to_owned)),
        })
    }

    /// Where the package's archive is.
    pub(super) fn archive(&self, package: &Package) -> String {
        let (name, version) = (package.name, package.version);
        format!("{}{name}/-/{name}-{version}.tgz", self.base)
    }
}

fn filled(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.trim().is_empty())
}

fn authorization(credentials: &Credentials) -> Option<String> {
    let basic = |user: &str, password: &str| format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")));
    match credentials {
        Credentials::Token { token, .. } => Some(format!("Bearer {token}")),
        Credentials::BasicAuth { username, password, .. } => Some(basic(username, password)),
        Credentials::LegacyAuth { username, password, .. } => Some(basic(username, password)),
        _ => None,
    }
}

/// A URL as messages may show it: without a user's name and password.
pub(super) fn without_secrets(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
            let path = path.split(['?', '#']).next().unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}
