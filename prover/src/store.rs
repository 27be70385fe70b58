//! Verdicts that are kept between runs: believed without another look, hence authenticated.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use hmac::{Hmac, Mac};
use serde::{Serialize, de::DeserializeOwned};
use sha2::Sha256;

use crate::key::hex;

/// Largest file that is read back.
pub(crate) const MAX_FILE: u64 = 4 << 20;

/// Writes a file so that a reader sees the old text or the new, never a part.
///
/// # Errors
/// What the system says.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(dir)?;
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}

/// Reads a text of no more than `most` bytes.
///
/// # Errors
/// What the system says, or that there is more.
pub fn read_bounded(path: &Path, most: u64) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(most + 1).read_to_string(&mut text)?;
    if text.len() as u64 > most {
        return Err(io::Error::other("larger than a store file may be"));
    }
    Ok(text)
}

/// A folder of records that only this user's key can have written: a changed, cut or foreign record is refused.
#[derive(Debug)]
pub struct Sealed {
    folder: PathBuf,
    key: [u8; 32],
    refusals: Mutex<Vec<String>>,
}

impl Sealed {
    /// Opens a folder of sealed records with the key in `key_file`, which is made on first use (readable by its owner only).
    ///
    /// # Errors
    /// If the key can neither be read nor made.
    pub fn open(folder: PathBuf, key_file: &Path) -> io::Result<Self> {
        Ok(Self { folder, key: user_key(key_file)?, refusals: Mutex::default() })
    }
    fn mac(&self, kind: &str, key: &str, body: &str) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).ok()?;
        for part in [kind, key, body] {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part.as_bytes());
        }
        Some(mac)
    }
    fn path(&self, kind: &str, key: &str) -> PathBuf {
        self.folder.join(format!("{kind}-{key}"))
    }
    /// What was refused so far, with reasons.
    pub fn take_refusals(&self) -> Vec<String> {
        self.refusals.lock().map(|mut r| std::mem::take(&mut *r)).unwrap_or_default()
    }
    /// The record, if there is one and it is authentic.
    pub fn get<T: DeserializeOwned>(&self, kind: &str, key: &str) -> Option<T> {
        let path = self.path(kind, key);
        let refuse = |reason: &str| {
            if let Ok(mut refusals) = self.refusals.lock() {
                refusals.push(format!("{}: {reason}", path.display()));
            }
            None
        };
        let text = match read_bounded(&path, MAX_FILE) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return None,
            Err(e) => return refuse(&format!("refused: cannot be read: {e}")),
        };
        let Some((seal, body)) = text.split_once('\n') else { return refuse("refused: the record is cut short") };
        let Some(seal) = unhex(seal) else { return refuse("refused: the seal is not readable") };
        if self.mac(kind, key, body)?.verify_slice(&seal).is_err() {
            return refuse("refused: the seal does not match (altered, cut short, or of another user)");
        }
        match serde_json::from_str(body) {
            Ok(value) => Some(value),
            Err(_) => refuse("refused: written by another version"),
        }
    }
    /// Whether an authentic record of this kind is there.
    pub fn holds(&self, kind: &str, key: &str) -> bool {
        self.get::<serde_json::Value>(kind, key).is_some()
    }
    /// Writes a record.
    ///
    /// # Errors
    /// What the system says.
    pub fn put<T: Serialize>(&self, kind: &str, key: &str, value: &T) -> io::Result<()> {
        let body = serde_json::to_string(value).map_err(io::Error::other)?;
        let mac = self.mac(kind, key, &body).ok_or_else(|| io::Error::other("no key"))?;
        let text = format!("{}\n{body}", hex(&mac.finalize().into_bytes()));
        write_atomically(&self.path(kind, key), text.as_bytes())
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.is_ascii() || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len()).step_by(2).map(|i| u8::from_str_radix(&text[i..i + 2], 16).ok()).collect()
}

fn user_key(path: &Path) -> io::Result<[u8; 32]> {
    for _ in 0..2 {
        match fs::read(path) {
            Ok(bytes) => {
                return bytes.try_into().map_err(|_| {
                    io::Error::other(format!(
                        "{} does not hold a key; remove it to have a new one made",
                        path.display()
                    ))
                });
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e),
        }
        let dir = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(dir)?;
        let mut key = [0u8; 32];
        getrandom::fill(&mut key).map_err(|e| io::Error::other(e.to_string()))?;
        // `NamedTempFile` is made with mode 0600. Whoever comes first wins; the other reads that key on the second turn.
        let mut file = tempfile::NamedTempFile::new_in(dir)?;
        file.write_all(&key)?;
        file.as_file().sync_data()?;
        match file.persist_noclobber(path) {
            Ok(_) => return Ok(key),
            Err(e) if e.error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e.error),
        }
    }
    Err(io::Error::other(format!("cannot make the key {}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sealed_records_refuse_what_was_altered() {
        let dir = tempfile::tempdir().expect("a folder");
        let open = || Sealed::open(dir.path().join("v"), &dir.path().join("k/key")).expect("a key");
        let sealed = open();
        sealed.put("unit", "k1", &vec!["propext"]).expect("written");
        assert_eq!(open().get::<Vec<String>>("unit", "k1"), Some(vec!["propext".to_owned()]));
        assert_eq!(open().get::<Vec<String>>("unit", "k2"), None);
        let path = sealed.path("unit", "k1");
        let text = fs::read_to_string(&path).expect("there");
        // Altered, cut, renamed to another key, of another kind, of another user: each is refused with a reason.
        for bad in [
            text.replace("propext", "nothing"),
            text[..text.len() - 3].to_owned(),
            text[..20].to_owned(),
            "x\ny".into(),
            String::new(),
        ] {
            fs::write(&path, bad).expect("written");
            let sealed = open();
            assert_eq!(sealed.get::<Vec<String>>("unit", "k1"), None);
            assert!(sealed.take_refusals()[0].contains("refused"));
        }
        fs::write(sealed.path("unit", "k3"), &text).expect("written");
        fs::write(sealed.path("other", "k1"), &text).expect("written");
        assert_eq!(open().get::<Vec<String>>("unit", "k3"), None);
        assert_eq!(open().get::<Vec<String>>("other", "k1"), None);
        fs::write(&path, &text).expect("written");
        let stranger = Sealed::open(dir.path().join("v"), &dir.path().join("other/key")).expect("a key");
        assert_eq!(stranger.get::<Vec<String>>("unit", "k1"), None);
    }

    #[cfg(unix)]
    #[test]
    fn the_key_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().expect("a folder");
        let key = dir.path().join("key");
        Sealed::open(dir.path().join("v"), &key).expect("a key");
        assert_eq!(fs::metadata(&key).expect("there").permissions().mode() & 0o777, 0o600);
    }
}
