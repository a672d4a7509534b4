//! What a person does: read, page on, act, by mouse and by key.

use anyhow::{Result, ensure};

use super::driver::{Driver, key};

/// Presses of Tab until the first Like: the head, the bar above the feed, the writing box.
const TABS_MAX: usize = 40;

const ITEMS: &str = "[...document.querySelectorAll('article.item')]";
const SHOWN: &str = "return document.querySelectorAll('article.item').length > 3";
const PAUSED: &str = "return document.getElementById('live-text').textContent === 'Paused'";

/// Opens the page; gives when the feed is there.
async fn open(driver: &mut Driver, address: &str) -> Result<()> {
    driver.open(address).await?;
    driver.quietly_until("the feed shows items", SHOWN).await
}

/// Opens the page and stops the live updates, so that what is pressed stays where it was found.
pub(super) async fn open_still(driver: &mut Driver, address: &str) -> Result<()> {
    open(driver, address).await?;
    driver.click("document.getElementById('pause')").await?;
    driver.quietly_until("the feed stands still", PAUSED).await
}

/// The post with this id.
pub(super) fn item(post: &str) -> String {
    format!("document.querySelector('article.item[data-id=\"{post}\"]')")
}

/// A post for which a script expression about `item` holds.
pub(super) async fn post_where(driver: &mut Driver, condition: &str) -> Result<String> {
    let script = format!("{ITEMS}.some((item) => {condition})");
    driver.quietly_until(condition, &format!("return {script}")).await?;
    driver.text(&format!("return {ITEMS}.find((item) => {condition}).dataset.id")).await
}

/// What the API says to the viewer, seen by a script expression about `answer`.
fn answered(path: &str, condition: &str) -> String {
    format!(
        "const viewer = new URLSearchParams(location.search).get('viewer'); \
         return fetch('/api/v1{path}'.replace('ME', viewer), {{headers: {{'X-Nova-User': viewer}}}}) \
         .then((response) => response.json()).then((answer) => Boolean({condition}))"
    )
}

/// One of the items of an answer has this id.
fn one_is(id: &str) -> String {
    format!("answer.items.some((one) => one.id === '{id}')")
}

/// Look, ask why, read on.
pub(super) async fn read(driver: &mut Driver, address: &str) -> Result<()> {
    open_still(driver, address).await?;
    let figures = "return /[1-9]/.test(document.getElementById('figures').textContent)";
    driver.until("the feed and the live figures are there", figures).await?;

    let post = post_where(driver, "item.querySelector('.score').textContent !== ''").await?;
    driver.click(&format!("{}.querySelector('.why-button')", item(&post))).await?;
    let parts = format!(
        "const item = {}; \
         const score = Number(item.querySelector('.why caption').textContent.match(/[0-9.]+/)[0]); \
         const parts = [...item.querySelectorAll('.why .part > span:last-child')].map((part) => Number(part.textContent)); \
         return parts.length === 3 && Math.abs(parts.reduce((sum, part) => sum + part, 0) - score) < 0.003",
        item(&post)
    );
    driver.until("the parts of a score add up to it", &parts).await?;

    let ids = format!("const ids = {ITEMS}.map((item) => item.dataset.id)");
    let shown = driver.script(&format!("{ids}; return ids.length")).await?;
    driver.press("n").await?;
    let more = format!("{ids}; return ids.length > {shown} && new Set(ids).size === ids.length");
    driver.until("the next page comes by key, and repeats nothing", &more).await?;
    driver.script("scrollTo(0, document.body.scrollHeight)").await?;
    let end = "return document.getElementById('feed-end').textContent.startsWith('That is everything')";
    let scroll = format!("scrollTo(0, document.body.scrollHeight); {end}");
    driver.until("and the rest by scrolling", &scroll).await?;
    let once = format!("{ids}; return new Set(ids).size === ids.length");
    driver.until("down to the end, each post once", &once).await
}

/// Like, hide and think better of it, follow, mute, block.
pub(super) async fn act(driver: &mut Driver, address: &str) -> Result<()> {
    open_still(driver, address).await?;
    let post =
        post_where(driver, "item.querySelector('.like').getAttribute('aria-pressed') === 'false'").await?;
    let likes = format!("Number({}.querySelector('.like .number').textContent)", item(&post));
    let before = driver.script(&format!("return {likes}")).await?;
    driver.click(&format!("{}.querySelector('.like')", item(&post))).await?;
    let liked = format!(
        "return {likes} > {before} && {}.querySelector('.like').getAttribute('aria-pressed') === 'true'",
        item(&post)
    );
    driver.until("a like is shown and counted", &liked).await?;
    driver.until("and kept", &answered(&format!("/posts/{post}"), "answer.viewer.liked")).await?;

    let hidden = post_where(driver, "true").await?;
    driver.click(&format!("{}.querySelector('.hide')", item(&hidden))).await?;
    driver.until("a hidden post goes at once", &format!("return {} === null", item(&hidden))).await?;
    let is_hidden = one_is(&hidden);
    driver.until("and is kept away", &answered("/me/hidden", &is_hidden)).await?;
    driver.click("document.querySelector('.toast-undo')").await?;
    driver.until("until that is undone", &answered("/me/hidden", &format!("!({is_hidden})"))).await?;

    let follow = "item.querySelector('.more-row button').textContent.startsWith('Follow ')";
    let (_, author) = pick(driver, follow, 1).await?;
    let followed = answered("/users/ME/following?limit=100", &one_is(&author));
    driver.until("whom the viewer follows is followed", &followed).await?;
    let said = "return /^You follow /.test(document.getElementById('toasts').textContent)";
    driver.until("and the page says so", said).await?;
    for (button, list, what) in [
        (2, "/me/mutes", "who is muted is gone from the feed, now and later"),
        (3, "/me/blocks", "who is blocked is gone from the feed, now and later"),
    ] {
        let (_, author) = pick(driver, "true", button).await?;
        let gone = format!("return {ITEMS}.every((item) => item.dataset.author !== '{author}')");
        driver.quietly_until(what, &gone).await?;
        driver.quietly_until(what, &answered(list, &one_is(&author))).await?;
        open_still(driver, address).await?;
        driver.until(what, &gone).await?;
    }
    Ok(())
}

/// Opens "More" on a post and presses its button of this number; gives post and author.
async fn pick(driver: &mut Driver, condition: &str, button: usize) -> Result<(String, String)> {
    let shut = "item.querySelector('.more').getAttribute('aria-expanded') === 'false'";
    let post = post_where(driver, &format!("{shut} && {condition}")).await?;
    let author = driver.text(&format!("return {}.dataset.author", item(&post))).await?;
    driver.click(&format!("{}.querySelector('.more')", item(&post))).await?;
    driver.click(&format!("{}.querySelector('.more-row button:nth-child({button})')", item(&post))).await?;
    Ok((post, author))
}

/// From the top to a like, and to the list of keys, without a mouse.
pub(super) async fn by_key(driver: &mut Driver, address: &str) -> Result<()> {
    open(driver, address).await?;
    let on = "document.activeElement";
    driver.press("p").await?;
    driver.quietly_until("the feed stands still", PAUSED).await?;
    let mut stops = 0;
    loop {
        driver.press(key::TAB).await?;
        stops += 1;
        // a ring of two pixels around what has the focus, or around what stands for it
        let ring = format!(
            "const ring = (node) => node && getComputedStyle(node).outlineStyle !== 'none' \
             && parseFloat(getComputedStyle(node).outlineWidth) >= 2; \
             return ring({on}) || ring({on}.nextElementSibling) ? '' : {on}.outerHTML.slice(0, 120)"
        );
        let bare = driver.text(&ring).await?;
        ensure!(bare.is_empty(), "no focus ring on {bare}");
        if driver.script(&format!("return {on}.matches('.act.like[aria-pressed=false]')")).await? == true {
            break;
        }
        ensure!(stops < TABS_MAX, "Tab does not come to a Like");
    }
    let post = driver.text(&format!("return {on}.closest('.item').dataset.id")).await?;
    driver.press(key::ENTER).await?;
    let liked =
        format!("return {}?.querySelector('.like').getAttribute('aria-pressed') === 'true'", item(&post));
    driver.until(&format!("{stops} times Tab, each with a ring, and Enter: a like"), &liked).await?;
    driver.press("?").await?;
    driver.until("the list of keys opens", "return document.getElementById('keys').open").await?;
    driver.press(key::ESCAPE).await?;
    driver.quietly_until("and closes", "return !document.getElementById('keys').open").await?;
    driver.press("j").await?;
    driver.quietly_until("j goes to a post", &format!("return {on}.matches('.item')")).await?;
    driver.press("w").await?;
    driver.until("a post is opened by key", &format!("return !{on}.querySelector('.why').hidden")).await
}

/// Trending and whom to follow.
pub(super) async fn beside(driver: &mut Driver, address: &str) -> Result<()> {
    open(driver, address).await?;
    let entries = |window: &str| {
        format!(
            "return document.getElementById('tab-{window}').getAttribute('aria-selected') === 'true' \
             && document.querySelectorAll('.trending-list li .entry-text').length > 0"
        )
    };
    driver.click("document.getElementById('tab-7d')").await?;
    driver.until("trending of the week", &entries("7d")).await?;
    driver.press(key::RIGHT).await?;
    let first = "return document.activeElement.id === 'tab-1h'";
    driver.quietly_until("the first tab follows the last", first).await?;
    driver.press(key::RIGHT).await?;
    driver.until("and of the day, by key", &entries("24h")).await?;

    let follow = "document.querySelector('.people-list .follow:not(.is-on)')";
    driver.quietly_until("somebody is suggested", &format!("return {follow} !== null")).await?;
    let user = driver.text(&format!("return {follow}.dataset.user")).await?;
    driver.click(&format!("document.querySelector('.follow[data-user=\"{user}\"]')")).await?;
    let followed = answered("/users/ME/following?limit=100", &one_is(&user));
    driver.until("a suggestion is followed", &followed).await
}
