//! The recipe that made a file, as text inside it: an XMP packet (ISO 16684-1) with one property in a namespace of our own.

mod find;

pub use find::recipe_text;

/// The namespace of the property.
pub const NAMESPACE: &str = "http://ns.portico.app/recipe/1.0/";
const PROPERTY: &str = "Recipe";

/// A packet that carries the text of a recipe (JSON).
pub fn packet(recipe: &str) -> String {
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\n <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n  <rdf:Description rdf:about=\"\" xmlns:portico=\"{NAMESPACE}\">\n   <portico:{PROPERTY}>{}</portico:{PROPERTY}>\n  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n<?xpacket end=\"r\"?>",
        escaped(recipe)
    )
}

/// Text as XML has it. What XML cannot hold at all is written as JSON writes it, which is where such text comes from.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The property's text in a packet, whoever wrote the packet: as an element or as an attribute, under any prefix.
fn property(packet: &str) -> Option<String> {
    let at = packet.find(NAMESPACE)?;
    let declared = packet[..at].rfind("xmlns:")?;
    let prefix = packet[declared + 6..at].split(['=', ' ', '\t', '\r', '\n']).next()?;
    let named = prefix.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if prefix.is_empty() || prefix.len() > 64 || !named {
        return None;
    }
    let name = format!("{prefix}:{PROPERTY}");
    element(packet, &name).or_else(|| attribute(packet, &name)).and_then(unescaped)
}

fn element<'a>(packet: &'a str, name: &str) -> Option<&'a str> {
    let open = packet.find(&format!("<{name}"))? + name.len() + 1;
    let rest = &packet[open..];
    if !rest.starts_with(['>', ' ', '\t', '\r', '\n']) {
        return None;
    }
    let start = rest.find('>')? + 1;
    let length = rest[start..].find(&format!("</{name}"))?;
    Some(&rest[start..start + length])
}

fn attribute<'a>(packet: &'a str, name: &str) -> Option<&'a str> {
    let at = packet.find(&format!(" {name}=")).or_else(|| packet.find(&format!("\n{name}=")))? + name.len() + 2;
    let quote = packet[at..].chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let value = &packet[at + 1..];
    Some(&value[..value.find(quote)?])
}

/// `None` where it is no plain text.
fn unescaped(raw: &str) -> Option<String> {
    if raw.contains('<') {
        return None;
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        let end = rest[at..].find(';').filter(|&end| end <= 10)?;
        let name = &rest[at + 1..at + end];
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                    None => number.parse().ok()?,
                };
                char::from_u32(code)?
            }
        });
        rest = &rest[at + end + 1..];
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests;
