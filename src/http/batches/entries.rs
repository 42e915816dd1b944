//! Pictures and rows become items, all of a request in one change.

use std::collections::HashSet;

use serde_json::{Map, Value};
use unicode_normalization::UnicodeNormalization;

use super::arrive::{Arrived, Got};
use crate::batch::names::{Names, key_of};
use crate::http::error::ApiError;
use crate::http::sessions::store_error;
use crate::rows::Table;
use crate::store::{Batch, BatchId, ImageId, ItemState, NewImage, NewItem, Problem, StoreError, Tx, own_name};

/// Items of one batch.
const MAX_ITEMS: usize = 100_000;
/// Rows whose values are tried before their pictures come; those of longer tables are when their turn has come.
const TRIED: usize = 2_000;

/// Adds the rows of a table; each waits for its picture.
pub async fn table(tx: &mut Tx, batch: &Batch, table: Option<Table>) -> Result<(), ApiError> {
    let Some(table) = table else { return Ok(()) };
    room_for(tx, batch, table.rows.len()).await?;
    let mut names = Names::new();
    let mut items = Vec::with_capacity(table.rows.len());
    for (at, row) in table.rows.into_iter().enumerate() {
        let error = if at < TRIED { refused(batch, &row.values) } else { None };
        let state = if error.is_some() { ItemState::Failed } else { ItemState::Waiting };
        keep_named(tx, &batch.id, &row.values).await.map_err(store_error)?;
        items.push(item(&mut names, row.file, ItemState::Waiting, row.values));
        if let Some(last) = items.last_mut() {
            (last.state, last.error) = (state, error);
        }
    }
    tx.add_items(&batch.id, &items).await.map_err(store_error)
}

/// Why a row's values cannot be used.
fn refused(batch: &Batch, row: &Map<String, Value>) -> Option<Problem> {
    batch.recipe.bind(&batch.values_with(row)).err().map(|error| Problem::of(&error))
}

/// Pictures that values name by their ids are kept as long as the batch; what is somebody else's is found missing when its turn comes.
pub async fn keep_named(tx: &mut Tx, batch: &BatchId, values: &Map<String, Value>) -> Result<(), StoreError> {
    for image in values.values().filter_map(Value::as_str).filter_map(|text| text.trim().parse::<ImageId>().ok()) {
        match tx.keep_in_batch(batch, &image).await {
            Ok(()) | Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn room_for(tx: &mut Tx, batch: &Batch, more: usize) -> Result<(), ApiError> {
    let size = tx.batch_size(&batch.id).await.map_err(store_error)? as usize;
    if size + more <= MAX_ITEMS {
        return Ok(());
    }
    Err(ApiError::bad_request(
        "batch_full",
        format!("一个批处理最多 {MAX_ITEMS} 张图，请再建一个。"),
        format!("A batch has at most {MAX_ITEMS} pictures; make another one."),
    )
    .field("image"))
}

/// A picture whose row exists in memory: its file's name, and its row's id or why there is none.
struct Named {
    file: String,
    image: Result<ImageId, Problem>,
}

/// Adds pictures: each to its row where there is a table, else as an item of its own. Their pins are to be kept until the commit.
pub async fn pictures(tx: &mut Tx, batch: &Batch, arrived: &[Arrived]) -> Result<(), ApiError> {
    if arrived.is_empty() {
        return Ok(());
    }
    room_for(tx, batch, if batch.has_table { 0 } else { arrived.len() }).await?;
    let mut names = None;
    let mut items = vec![];
    let mut come = HashSet::new();
    for arrived in arrived {
        let named = row_of(tx, arrived).await.map_err(|e| store_error(e).field("images"))?;
        if named.image.is_ok() {
            come.insert(own_name(&named.file));
        }
        let problem = match batch.has_table {
            true => match fill(tx, batch, &named).await.map_err(store_error)? {
                None => continue,
                problem => problem,
            },
            false => named.image.as_ref().err().cloned(),
        };
        let names = match &mut names {
            Some(names) => names,
            None => names.insert(taken(tx, batch).await?),
        };
        let state = if problem.is_some() { ItemState::Failed } else { ItemState::Queued };
        let mut item = item(names, named.file, state, Map::new());
        item.image = named.image.ok();
        item.error = problem;
        items.push(item);
    }
    tx.retry_for(&batch.id, &come).await.map_err(store_error)?;
    tx.add_items(&batch.id, &items).await.map_err(store_error)
}

async fn taken(tx: &mut Tx, batch: &Batch) -> Result<Names, ApiError> {
    let stems = tx.batch_stems(&batch.id).await.map_err(store_error)?;
    Ok(Names::of_stems(stems.iter().map(String::as_str)))
}

/// The row of a file that was stored; pictures that were named have theirs.
async fn row_of(tx: &mut Tx, arrived: &Arrived) -> Result<Named, StoreError> {
    match &arrived.got {
        Err(problem) => Ok(Named { file: arrived.file.clone(), image: Err(problem.clone()) }),
        Ok(Got::Known(id)) => {
            let image = tx.image(id).await?;
            Ok(Named { file: image.name, image: Ok(image.id) })
        }
        Ok(Got::File(new, pin)) => {
            let image = tx.add_image(NewImage::clone(new), pin).await?;
            Ok(Named { file: if arrived.file.is_empty() { image.name } else { arrived.file.clone() }, image: Ok(image.id) })
        }
    }
}

/// Gives a picture to the rows that name it; why there is none that it could be given to.
async fn fill(tx: &mut Tx, batch: &Batch, named: &Named) -> Result<Option<Problem>, StoreError> {
    let key = key_of(&named.file);
    let own = own_name(&named.file);
    let rows = tx.rows_named(&batch.id, &own).await?;
    let Some(path) = meant(&key, rows.iter().map(|(_, path, _)| path.as_str())) else {
        return Ok(Some(Problem::new(
            "not_in_table",
            format!("表格里没有“{}”这一行，所以没有处理它。", named.file),
            format!("The table has no row for “{}”, so nothing was done with it.", named.file),
        )));
    };
    let mut filled = 0;
    for (n, _, open) in rows.iter().filter(|(_, row, _)| *row == path) {
        if *open {
            tx.fill_row(&batch.id, *n, named.image.as_ref()).await?;
            filled += 1;
        }
    }
    if filled > 0 {
        return Ok(None);
    }
    Ok(Some(Problem::new(
        "row_filled",
        format!("“{}”那一行已经有图片了，所以没有处理这一张。", named.file),
        format!("The row of “{}” has its picture already, so nothing was done with this one.", named.file),
    )))
}

/// Which of these rows a path means: its own, else one that ends as it does or that it ends as, else the only one there is.
fn meant<'a>(path: &str, rows: impl Iterator<Item = &'a str>) -> Option<String> {
    let known: HashSet<&str> = rows.collect();
    if known.contains(path) {
        return Some(path.to_owned());
    }
    let ends = |long: &str, short: &str| long.strip_suffix(short).is_some_and(|rest| rest.ends_with('/'));
    let mut alike: Vec<&str> = known.iter().copied().filter(|row| ends(path, row) || ends(row, path)).collect();
    alike.sort_by_key(|row| std::cmp::Reverse(row.len()));
    match (alike.as_slice(), known.len()) {
        ([one, rest @ ..], _) if rest.iter().all(|other| ends(path, one) && other.len() < one.len()) => Some((*one).to_owned()),
        ([], 1) => known.into_iter().next().map(str::to_owned),
        _ => None,
    }
}

fn item(names: &mut Names, file: String, state: ItemState, values: Map<String, Value>) -> NewItem {
    let file: String = file.nfc().collect();
    let stem = names.take_stem(&file);
    let own = file.rsplit(['/', '\\']).next().unwrap_or("");
    let extension = own.rsplit_once('.').map(|(_, extension)| extension.to_ascii_lowercase());
    let extension = extension.filter(|e| !e.is_empty() && e.len() <= 5 && e.bytes().all(|b| b.is_ascii_alphanumeric()));
    let name = extension.map_or_else(|| stem.clone(), |extension| format!("{stem}.{extension}"));
    NewItem { path_key: key_of(&file), file, stem, name, state, image: None, values, error: None }
}

#[cfg(test)]
mod tests {
    use super::meant;

    #[test]
    fn a_picture_means_the_row_of_its_path_else_the_only_one_of_its_name() {
        let meant = |path: &str, rows: &[&str]| meant(path, rows.iter().copied());
        assert_eq!(meant("a/1.jpg", &["a/1.jpg", "b/1.jpg"]).as_deref(), Some("a/1.jpg"));
        assert_eq!(meant("shop/a/1.jpg", &["a/1.jpg", "b/1.jpg"]).as_deref(), Some("a/1.jpg"), "a folder around it");
        assert_eq!(meant("1.jpg", &["a/1.jpg"]).as_deref(), Some("a/1.jpg"));
        assert_eq!(meant("c/1.jpg", &["a/1.jpg"]).as_deref(), Some("a/1.jpg"), "the only one of that name");
        assert_eq!(meant("1.jpg", &["a/1.jpg", "b/1.jpg"]), None, "either could be meant");
        assert_eq!(meant("x/a/1.jpg", &["1.jpg", "a/1.jpg"]).as_deref(), Some("a/1.jpg"), "the one that says more");
        assert_eq!(meant("1.jpg", &[]), None);
    }
}
