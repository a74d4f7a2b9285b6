//! The commands for everyday use.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use generated::{BulkOrder, Error, InputError, Money, NetConnect, contract, types};

use crate::args::{Command, OrderArgs, Wait};
use crate::failure::Failure;
use crate::show;

/// How often an order that is followed is looked at.
const POLL: Duration = Duration::from_millis(500);

/// Runs a command and prints what came.
pub(crate) async fn run(api: &NetConnect, command: Command, json: bool) -> Result<(), Failure> {
    match command {
        Command::Order(args) => return buy(api, &args, json).await,
        Command::Status { order, wait } => {
            let (order, ended) = follow(api, &order, &wait).await?;
            print(json, &order, show::order);
            return if wait.wait.is_some() { judged(&order, ended) } else { Ok(()) };
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
    if args.wait.wait.is_some() {
        let (order, ended) = follow(api, &created.order_id, &args.wait).await?;
        print(json, &order, show::order);
        return judged(&order, ended);
    }
    Ok(())
}

/// What the order costs, from the price of each package for this profile.
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

/// The order that the arguments describe.
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

/// A recipient per line, comments and empty lines left out.
fn recipients(file: &Path) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| Failure::Usage(format!("--to-file {}: {error}", file.display())))?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned());
    Ok(lines.filter(|line| !line.is_empty()).collect())
}

/// The order once nothing of it moves any more, or once the time is up.
async fn follow(api: &NetConnect, id: &str, wait: &Wait) -> Result<(types::Order, bool), Failure> {
    let polls = wait.wait.map_or(0, |seconds| seconds.saturating_mul(1000) / POLL.as_millis() as u64);
    let mut order = api.order(id).await?;
    for _ in 0..polls {
        if !order.is_under_way() {
            break;
        }
        tokio::time::sleep(POLL).await;
        order = api.order(id).await?;
    }
    let ended = !order.is_under_way();
    Ok((order, ended))
}

/// An order that was followed is done when every recipient is.
fn judged(order: &types::Order, ended: bool) -> Result<(), Failure> {
    let failed: Vec<_> = order.recipients.iter().filter(|it| it.error_message.is_some()).collect();
    if failed.is_empty() {
        if !ended {
            eprintln!("still under way: `buy-bulk status {} --wait 60` follows it", order.order_id);
        }
        return Ok(());
    }
    let mut message = format!("{} of {} recipients failed", failed.len(), order.recipients.len());
    for recipient in failed {
        let why = recipient.error_message.as_deref().unwrap_or_default();
        _ = write!(
            message,
            "\n  {}: {why}; `buy-bulk retry {} {}`",
            recipient.index, order.order_id, recipient.index
        );
    }
    Err(Failure::Recipients(message))
}
