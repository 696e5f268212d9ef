/* What is asked for, and which rows and changes answer to it. Pure, but for the URL's hash.
 *
 * A query is words that must all be found; a word may begin with a key of FINDERS. */

/* What a chip shows only. */
const CHIPS = {
    trouble: {name: 'In trouble', test: r => r.tone === 'bad' || r.tone === 'warn'},
    starting: {name: 'Starting', test: r => hasTone(r, 'start')},
    draining: {name: 'Draining', test: r => hasTone(r, 'drain')},
    off: {name: 'Maintenance', test: r => hasTone(r, 'off')},
    unserved: {name: 'Not registered', test: r => !!r.container && !r.instance},
};

function hasTone(row, tone) {
    return COLUMNS.some(c => row[c] && faceOf(c, row[c]).tone === tone);
}

/* "web port:8080" as [{key: '', word: 'web'}, {key: 'port', word: '8080'}]. */
function parseQuery(query) {
    return query.toLowerCase().split(/\s+/).filter(w => w).map(word => {
        const at = word.indexOf(':');
        const key = word.slice(0, Math.max(at, 0));
        return Object.hasOwn(FINDERS, key) && word.length > at + 1
            ? {key, word: word.slice(at + 1)} : {key: '', word};
    });
}

/* A port and a trace are meant wholly, anything else in part. */
function isFound(row, {key, word}) {
    if (key === 'port' || key === 'trace')
        return hayOf(row, key).split('\n').includes(word);
    return key ? hayOf(row, key).includes(word)
        : Object.keys(FINDERS).some(k => hayOf(row, k).includes(word));
}

function hayOfChange(change) {
    const fields = Object.entries(change.fields || {}).map(([k, v]) => `${k}=${text(v)}`);
    return [change.level, change.area, change.text, ...fields].map(text).join('\n').toLowerCase();
}

function isChangeFound(change, terms) {
    const hay = hayOfChange(change);
    return terms.every(({key, word}) => key === 'trace' ? text((change.fields || {}).trace) === word
        : hay.includes(word));
}

/* The rows of 'group' that answer. */
function rowsFound(group, terms, chips) {
    const tests = chips.filter(c => Object.hasOwn(CHIPS, c)).map(c => CHIPS[c].test);
    return group.rows.filter(r => terms.every(t => isFound(r, t)) &&
        (!tests.length || tests.some(test => test(r))));
}

/* ---- the URL's hash: q, only, open ---- */

function readHash() {
    const params = new URLSearchParams(location.hash.slice(1));
    return {
        query: (params.get('q') || '').slice(0, 200),
        chips: (params.get('only') || '').split(',').filter(c => Object.hasOwn(CHIPS, c)),
        open: (params.get('open') || '').slice(0, 512),
    };
}

function writeHash({query, chips, open}) {
    const params = new URLSearchParams();
    if (query)
        params.set('q', query);
    if (chips.length)
        params.set('only', chips.join(','));
    if (open)
        params.set('open', open);
    const hash = params.toString();
    history.replaceState(null, '', hash ? `#${hash}` : location.pathname);
}
