//! The address that people use, where it is not the one that the server listens on.

use super::Server;

impl Server {
    /// The path of `public_url`, without a slash at its end: empty where the server has its host to itself, else like `/portico`. Every route answers under it as
    /// well as at the root (a proxy may pass it on or take it away), and every address that the server writes begins with it.
    pub fn base_path(&self) -> &str {
        let rest = self.public_url.as_deref().and_then(|url| url.split_once("://")).map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |at| rest[at..].trim_end_matches('/'))
    }

    /// What is wrong with `public_url`.
    pub(super) fn public_url_fault(&self) -> Option<String> {
        let url = self.public_url.as_deref()?;
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).map(|rest| rest.split('/').next().unwrap_or(""));
        let plain = self
            .base_path()
            .split('/')
            .skip(1)
            .all(|part| !matches!(part, "" | "." | "..") && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)));
        let fault = match host {
            None => "begin with https:// or http://",
            Some(host) if host.is_empty() || host.contains(['@', '?', '#', ' ']) => "name a host",
            Some(_) if !plain => "use letters, digits, `-`, `.`, `_` and `~` in its path, and nothing after it",
            Some(_) => return None,
        };
        Some(format!("server.public_url: `{url}` is not an address that the page can have; {fault}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server { public_url: Some(url.to_owned()), ..Server::default() }
    }

    #[test]
    fn the_base_path_is_the_public_addresss_path() {
        assert_eq!(Server::default().base_path(), "");
        for (url, base) in [
            ("https://host", ""),
            ("https://host/", ""),
            ("https://host:8443/portico", "/portico"),
            ("http://host/portico/", "/portico"),
            ("https://host/tools/pictures.v2", "/tools/pictures.v2"),
        ] {
            assert_eq!(server(url).base_path(), base, "{url}");
            assert_eq!(server(url).public_url_fault(), None, "{url}");
        }
    }

    #[test]
    fn an_address_that_would_break_links_is_refused_with_its_reason() {
        for (url, reason) in [
            ("host/portico", "begin with"),
            ("ftp://host", "begin with"),
            ("https:///portico", "host"),
            ("https://user@host/portico", "host"),
            ("https://host/a b", "letters"),
            ("https://host//portico", "letters"),
            ("https://host/portico?x=1", "letters"),
            ("https://host/../portico", "letters"),
            ("https://host/<script>", "letters"),
        ] {
            let fault = server(url).public_url_fault().unwrap_or_default();
            assert!(fault.contains(reason) && fault.contains("server.public_url"), "{url}: {fault}");
        }
    }
}
