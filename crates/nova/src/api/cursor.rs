//! Opaque, signed positions in a list.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// Bytes of the signature: 128 bits cannot be guessed, and keep the cursor short.
const MAC_BYTES: usize = 16;
/// The longest cursor text, by contract.
const TEXT_MAX: usize = 256;

/// Signs and checks cursors. The key survives restarts and is shared by replicas.
///
/// The scope (which list, whose, with which parameters) is signed but not carried: a cursor of another caller or of
/// another list does not verify.
#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    /// Derives the signing key; any length of `secret` will do, 32 bytes or more are safe.
    #[must_use]
    pub fn new(secret: &[u8]) -> Self {
        let mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes a key of any length");
        Self(mac.chain_update(b"nova cursor v1\0"))
    }

    /// A cursor of `[A-Za-z0-9_-]` holding `payload` (at most 150 bytes) for exactly this scope.
    #[must_use]
    pub fn seal(&self, scope: &str, payload: &[u8]) -> String {
        let mut bytes = payload.to_vec();
        bytes.extend_from_slice(&self.mac(scope, payload));
        let text = URL_SAFE_NO_PAD.encode(bytes);
        debug_assert!(text.len() <= TEXT_MAX);
        text
    }

    /// The payload, if this signer sealed it for this scope.
    #[must_use]
    pub fn open(&self, scope: &str, cursor: &str) -> Option<Vec<u8>> {
        if cursor.len() > TEXT_MAX {
            return None;
        }
        let mut bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let payload = bytes.len().checked_sub(MAC_BYTES)?;
        let mac = self.0.clone();
        let check = Self::feed(mac, scope, &bytes[..payload]);
        check.verify_truncated_left(&bytes[payload..]).ok()?;
        bytes.truncate(payload);
        Some(bytes)
    }

    fn mac(&self, scope: &str, payload: &[u8]) -> [u8; MAC_BYTES] {
        let full = Self::feed(self.0.clone(), scope, payload).finalize().into_bytes();
        let mut mac = [0; MAC_BYTES];
        mac.copy_from_slice(&full[..MAC_BYTES]);
        mac
    }

    fn feed(mut mac: Hmac<Sha256>, scope: &str, payload: &[u8]) -> Hmac<Sha256> {
        mac.update(&(scope.len() as u64).to_le_bytes());
        mac.update(scope.as_bytes());
        mac.update(payload);
        mac
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn only_what_was_sealed_for_this_scope_opens(
            payload in proptest::collection::vec(any::<u8>(), 0..150),
            scope in "[a-z|]{0,40}", other in "[a-z|]{0,40}", flip in any::<prop::sample::Index>(),
        ) {
            let signer = Signer::new(b"a key of thirty-two bytes, or so");
            let cursor = signer.seal(&scope, &payload);
            prop_assert!(cursor.len() <= 256);
            prop_assert!(cursor.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-'));
            prop_assert_eq!(signer.open(&scope, &cursor), Some(payload));
            if other != scope {
                prop_assert_eq!(signer.open(&other, &cursor), None);
            }
            prop_assert_eq!(Signer::new(b"another key").open(&scope, &cursor), None);
            let mut forged = cursor.clone().into_bytes();
            let at = flip.index(forged.len());
            forged[at] = if forged[at] == b'A' { b'B' } else { b'A' };
            let forged = String::from_utf8(forged).expect("ascii");
            prop_assert_eq!(signer.open(&scope, &forged), None);
        }

        #[test]
        fn any_text_is_answered(text in "\\PC{0,300}") {
            prop_assert_eq!(Signer::new(b"key").open("", &text), None);
        }
    }
}
