//! The commands for everyday use.

use std::collections::BTreeMap;
use std::path::Path;

use generated::{BulkOrder, Error, InputError, Money, NetConnect, contract, types};

use crate::args::{Command, OrderArgs};
use crate::failure::Failure;
use crate::follow::{follow, judged};
use crate::show;

/// Runs a command and prints the answer.
pub(crate) async fn run(api: &NetConnect, command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Order(args) => return buy(api, &args, json).await,
        Command::Status { order, wait } => {
            let order = match wait.wait {
                Some(seconds) => follow(api, &order, seconds).await?,
                None => api.order(&order).await?,
            };
            print(json, &order, show::order);
            return if wait.wait.is_some() { judged(&order) } else { Ok(()) };
        }
        Command::Orders { limit, cursor } => {
            print(json, &api.orders(limit, cursor.as_deref()).await?, show::orders);
        }
        Command::Retry { order, recipient } => print(json, &api.retry(&order, recipient).await?, show::order),
        Command::Wallet => print(json, &api.wallet().await?, show::wallet),
        Command::Profile => print(json, &api.profile().await?, show::profile),
        Command::Products { operator } => {
            print(json, &api.products(&operator).await?, |it| show::products(it))
        }
        Command::Package { package } => print(json, &api.package(&package).await?, show::package),
        Command::Api(call) => return call.send(api).await,
    }
    Ok(())
}

fn print<T: serde::Serialize>(json: bool, value: &T, text: impl FnOnce(&T)) {
    if json { show::json(value) } else { text(value) }
}

async fn buy(api: &NetConnect, args: &OrderArgs, json: bool) -> Result<(), Failure> {
    let order = collect(args)?;
    let request = order.check().map_err(Error::Input)?;
    if args.dry_run || args.max_total.is_some() {
        let total = price(api, &request).await?;
        if let Some(limit) = args.max_total.filter(|limit| total > *limit) {
            let (total, limit) = (show::money(total), show::money(limit));
            return Err(Failure::Usage(format!(
                "not sent: the order costs {total}, more than the {limit} of --max-total"
            )));
        }
        if args.dry_run {
            print(json, &request, |it| {
                show::facts(&[
                    ("recipients", show::some(it.items.len())),
                    ("total", show::some(show::money(total))),
                ]);
            });
            eprintln!("not sent: --dry-run");
            return Ok(());
        }
    }
    let created = api.buy(&order).await?;
    print(json, &created, show::created);
    let Some(seconds) = args.wait.wait else { return Ok(()) };
    // Money has moved: from here on, no outcome may look as if the order had not been placed.
    match follow(api, &created.order_id, seconds).await {
        Ok(order) => {
            print(json, &order, show::order);
            judged(&order)
        }
        Err(error) => {
            eprintln!("warning: the order was placed, and how far it is could not be read: {error}");
            Err(Failure::UnderWay(created.order_id))
        }
    }
}

/// Returns what the order costs, from the price of each package for this profile.
async fn price(api: &NetConnect, order: &types::BuyBulkRequest) -> Result<Money, Failure> {
    let mut prices = BTreeMap::new();
    let mut total = Money::ZERO;
    for item in &order.items {
        let price = match prices.get(&item.package_id) {
            Some(price) => *price,
            None => api.package(&item.package_id).await?.price,
        };
        prices.insert(item.package_id.clone(), price);
        total += price;
    }
    Ok(total)
}

/// Builds the order that the arguments describe.
fn collect(args: &OrderArgs) -> Result<BulkOrder, Failure> {
    let mut lines = args.to.clone();
    if let Some(file) = &args.to_file {
        lines.extend(recipients(file)?);
    }
    let mut order = BulkOrder::new(&args.operator, &args.product);
    for (index, line) in lines.iter().enumerate() {
        let (number, package) = match line.split_once('=') {
            Some((number, package)) => (number, Some(package)),
            None => (line.as_str(), args.package.as_deref()),
        };
        let package = package.ok_or_else(|| {
            let field = format!("{}[{index}].{}", contract::ITEMS, contract::PACKAGE);
            let message = format!("none for `{number}`; write `{number}=PACKAGE` or give --package");
            Error::Input(vec![InputError { field, message }])
        })?;
        order = order.to(number.trim(), package.trim());
    }
    Ok(order)
}

/// Reads one recipient per line, without comments and empty lines.
fn recipients(file: &Path) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("--to-file {}: {error}", file.display())))?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned());
    Ok(lines.filter(|line| !line.is_empty()).collect())
}
