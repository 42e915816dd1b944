//! Under which name, from where and over what a request came.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode, Uri, header};

use super::error::ApiError;
use crate::config::Server;
use crate::text::Text;

/// What is known of how a request came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// Who asks: the peer, or whom a trusted proxy speaks for; `None` where the connection was not noted.
    pub client: Option<IpAddr>,
    /// The name it was asked under, with its port.
    pub host: String,
    /// Whether the browser speaks https, to us or to a trusted proxy.
    pub https: bool,
}

impl Address {
    /// Reads it off a request; only trusted proxies may say otherwise than the connection.
    pub fn of(request: &Request, server: &Server, accounts: bool) -> Address {
        let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
        Self::read(request.headers(), request.uri(), (peer, server, accounts))
    }

    fn read(headers: &HeaderMap, uri: &Uri, (peer, server, accounts): (Option<IpAddr>, &Server, bool)) -> Address {
        let authority = uri.authority().map(|a| a.as_str());
        // A whole address in the request line goes before the Host header (RFC 9112, 3.2.2).
        let host = authority.or(text(headers, "host")).unwrap_or("").to_owned();
        let trusted = accounts && peer.is_some_and(|peer| trusts(server, peer));
        let mut address = Address { client: peer, host, https: public(server).is_some_and(|p| p.https) };
        if !trusted {
            return address;
        }
        // The last entry that no trusted proxy wrote is who it was.
        let chain = headers.get_all("x-forwarded-for").iter().filter_map(|v| v.to_str().ok()).flat_map(|v| v.split(','));
        let hops: Vec<IpAddr> = chain.filter_map(|hop| hop.trim().parse::<IpAddr>().ok()).map(|ip| ip.to_canonical()).collect();
        if let Some(client) = hops.iter().rev().find(|ip| !trusts(server, **ip)).or(hops.first()) {
            address.client = Some(*client);
        }
        if let Some(host) = text(headers, "x-forwarded-host").and_then(|v| v.split(',').next_back()) {
            host.trim().clone_into(&mut address.host);
        }
        if let Some(proto) = text(headers, "x-forwarded-proto").and_then(|v| v.split(',').next_back()) {
            address.https = proto.trim().eq_ignore_ascii_case("https");
        }
        address
    }
}

/// What `server.public_url` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Public {
    pub https: bool,
    /// With its port where one is written.
    pub host: String,
}

pub fn public(server: &Server) -> Option<Public> {
    let uri: Uri = server.public_url.as_deref()?.parse().ok()?;
    let host = uri.authority()?.as_str().to_owned();
    Some(Public { https: uri.scheme_str() == Some("https"), host })
}

fn trusts(server: &Server, address: IpAddr) -> bool {
    server.trusted_proxies.iter().any(|network| network.contains(&address))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|v| v.to_str().ok())
}

/// Without accounts whoever reaches the server may do everything, so only this machine's own browser and programs may reach it: no foreign host name (DNS
/// rebinding), no foreign page (cross-site requests), no proxy (strangers look local). With accounts a bare IP address will do as a name (nobody can rebind
/// one), other names still have to be listed.
pub fn check(headers: &HeaderMap, address: &Address, server: &Server, accounts: bool) -> Result<(), ApiError> {
    let forwarded = headers.keys().any(|name| name.as_str() == "forwarded" || name.as_str().starts_with("x-forwarded-"));
    if forwarded && !accounts {
        return Err(forbidden(
            "proxy_refused",
            "这个服务没有账号，不能放在反向代理后面：所有来访者都会被当成本机用户。",
            "This server has no accounts and cannot stand behind a proxy: every visitor would count as the local user.",
        ));
    }
    let public = public(server);
    let is_public = |host: &str| public.as_ref().is_some_and(|p| p.host.eq_ignore_ascii_case(host));
    if !is_allowed_host(&address.host, &server.allowed_hosts, accounts) && !is_public(&address.host) {
        return Err(forbidden(
            "host_refused",
            "不接受以这个主机名访问；请用 http://127.0.0.1，或在 server.allowed_hosts 中加入它。",
            "This host name is not accepted; use http://127.0.0.1, or add it to server.allowed_hosts.",
        ));
    }
    if let Some(origin) = headers.get(header::ORIGIN) {
        let origin = origin.to_str().ok().and_then(|o| o.split_once("://")).map(|(_, host)| host);
        if !origin.is_some_and(|origin| origin.eq_ignore_ascii_case(&address.host) || is_public(origin)) {
            return Err(forbidden("origin_refused", "不接受来自其他网页的请求。", "Requests from another web page are not accepted."));
        }
    }
    Ok(())
}

fn forbidden(code: &'static str, zh: &str, en: &str) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, code, Text::new(zh, en))
}

/// Loopback names with any port, the ones that the operator listed, and with accounts every IP address.
fn is_allowed_host(host: &str, allowed: &[String], accounts: bool) -> bool {
    let name = if let Some(rest) = host.strip_prefix('[') {
        rest.split_once(']').map_or("", |(inner, _)| inner)
    } else {
        host.rsplit_once(':').map_or(host, |(name, port)| if port.bytes().all(|b| b.is_ascii_digit()) { name } else { host })
    };
    let known = name.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback() || accounts);
    known || allowed.iter().any(|a| a.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(k, v)| (HeaderName::from_static(k), HeaderValue::from_str(v).unwrap())).collect()
    }

    fn server() -> Server {
        Server {
            allowed_hosts: vec!["studio.lan".to_owned()],
            public_url: Some("https://pictures.example/portico/".to_owned()),
            trusted_proxies: vec!["10.1.0.0/16".parse().unwrap()],
            ..Server::default()
        }
    }

    fn code(pairs: &[(&'static str, &str)], accounts: bool) -> Option<String> {
        let headers = headers(pairs);
        let server = server();
        let address = Address::read(&headers, &Uri::from_static("/"), (None, &server, accounts));
        check(&headers, &address, &server, accounts).err().map(|e| e.code.into_owned())
    }

    #[test]
    fn only_loopback_and_listed_hosts_are_answered() {
        for host in ["127.0.0.1:7878", "localhost", "LOCALHOST:1", "[::1]:7878", "127.3.2.1", "studio.lan:80", "pictures.example"] {
            assert_eq!(code(&[("host", host)], false), None, "{host}");
            assert_eq!(code(&[("host", host)], true), None, "{host}");
        }
        for host in
            ["evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:7878", "studio.lan.evil", "pictures.example.evil"]
        {
            assert_eq!(code(&[("host", host)], false).as_deref(), Some("host_refused"), "{host}");
            assert_eq!(code(&[("host", host)], true).as_deref(), Some("host_refused"), "{host}");
        }
    }

    #[test]
    fn an_address_on_the_network_is_answered_only_where_people_sign_in() {
        for host in ["10.0.0.5:7878", "[fe80::2]", "192.168.1.20"] {
            assert_eq!(code(&[("host", host)], false).as_deref(), Some("host_refused"), "{host}");
            assert_eq!(code(&[("host", host)], true), None, "{host}");
        }
    }

    #[test]
    fn another_page_cannot_use_the_server() {
        for accounts in [false, true] {
            let host = ("host", "127.0.0.1:7878");
            assert_eq!(code(&[host, ("origin", "http://127.0.0.1:7878")], accounts), None);
            assert_eq!(code(&[host, ("origin", "https://pictures.example")], accounts), None);
            for origin in ["http://evil.example", "null", "http://127.0.0.1:9999", "file://"] {
                assert_eq!(code(&[host, ("origin", origin)], accounts).as_deref(), Some("origin_refused"), "{origin}");
            }
        }
    }

    #[test]
    fn without_accounts_a_proxied_request_is_refused_because_strangers_would_look_local() {
        for name in ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto"] {
            let pairs = [("host", "localhost"), (name, "1.2.3.4")];
            assert_eq!(code(&pairs, false).as_deref(), Some("proxy_refused"), "{name}");
            assert_eq!(code(&pairs, true), None, "{name}");
        }
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks_and_how() {
        let said = headers(&[
            ("host", "127.0.0.1:7878"),
            ("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.1.0.3"),
            ("x-forwarded-host", "pictures.example"),
            ("x-forwarded-proto", "http"),
        ]);
        let (server, uri) = (server(), Uri::from_static("/"));
        let proxy = Some("10.1.0.2".parse().unwrap());
        let by_proxy = Address::read(&said, &uri, (proxy, &server, true));
        assert_eq!(by_proxy.client, Some("203.0.113.9".parse().unwrap()), "what the client wrote itself does not count");
        assert_eq!((by_proxy.host.as_str(), by_proxy.https), ("pictures.example", false));
        let stranger = Some("192.168.1.7".parse().unwrap());
        let by_stranger = Address::read(&said, &uri, (stranger, &server, true));
        assert_eq!((by_stranger.client, by_stranger.host.as_str()), (stranger, "127.0.0.1:7878"));
    }

    #[test]
    fn the_public_address_gives_host_and_scheme() {
        let public = public(&server()).unwrap();
        assert_eq!((public.host.as_str(), public.https), ("pictures.example", true));
    }
}
