/* Recent changes: lines of the agent's log, the newest first. */

const CHANGES_KEPT = 1000;
const CHANGES_SHOWN = 200;

const LEVELS = {err: 'bad', error: 'bad', warn: 'warn', warning: 'warn', info: 'idle'};

function changeItem(change) {
    const fields = Object.entries(change.fields || {}).filter(([k]) => k !== 'trace');
    const trace = text((change.fields || {}).trace);
    const tone = LEVELS[text(change.level)] || 'idle';
    return el('li', {class: `change tone-${tone}`}, timeOf(change.time * 1000),
        el('span', {class: 'area'}, text(change.area)),
        el('span', {class: 'said'}, tone === 'idle' ? '' : el('b', null, `${text(change.level)} `),
            el('bdi', null, text(change.text))),
        el('span', {class: 'fields'}, ...fields.flatMap(([k, v]) => [el('span', {class: 'pair'},
            `${k}=`, valueOf(text(v))), ' ']), trace ? traceOf(trace) : ''));
}

/* An id of Docker's is known by its beginning. */
function valueOf(value) {
    return /^[0-9a-f]{64}$/.test(value) ? el('bdi', {title: value}, shortId(value))
        : el('bdi', null, value);
}

function traceOf(trace) {
    return el('button', {class: 'link trace', type: 'button',
        'aria-label': `Show trace ${trace} only`,
        onclick: () => page.search(`trace:${trace}`)}, trace);
}

/* Shows those that answer to 'terms'. New ones are put on top of what is there. */
function showChanges(changes, terms) {
    const sign = JSON.stringify(terms);
    const node = $('changes');
    if (sign !== page.changesSign) {
        page.changesSign = sign;
        page.changesFrom = -1;
        node.replaceChildren();
    }
    const found = changes.filter(c => c.n > page.changesFrom && isChangeFound(c, terms));
    node.prepend(...found.slice(-CHANGES_SHOWN).reverse().map(changeItem));
    while (node.children.length > CHANGES_SHOWN)
        node.lastChild.remove();
    if (changes.length)
        page.changesFrom = changes[changes.length - 1].n;
    const none = $('no-changes');
    none.hidden = node.children.length > 0;
    setText(none, changes.length ? 'None that the search finds.' : 'None yet.');
}
