//! The address that people use, where it is not the one that the server listens on.

use super::Server;

impl Server {
    /// The path of `public_url`, without a slash at its end: empty where the server has its host to itself, else like `/portico`. Every route answers under it as
    /// well as at the root (a proxy may pass it on or take it away), and every address that the server writes begins with it.
    pub fn base_path(&self) -> &str {
        let rest = self.public_url.as_deref().and_then(|url| url.split_once("://")).map_or("", |(_, rest)| rest);
        rest.find('/').map_or("", |at| rest[at..].trim_end_matches('/'))
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
        }
    }
}
