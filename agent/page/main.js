/* The page as a whole: what is known, what is asked for, and showing it. */

const MEASURED = 20;    /* states whose cost a browser's tools show */
const SAY_PAUSE = 5000; /* ms: who listens is not talked over */

const page = {
    model: null,
    sources: {}, sourcesAt: 0,
    changes: [], changesFrom: -1, changesSign: '',
    problemSign: '', totalSign: '',
    query: '', chips: [],
    allProblems: false,
    states: 0,              /* shown so far */
    said: '', sayAt: 0, sayTimer: 0, frame: 0,

    setState(state) {
        const started = performance.now();
        page.model = modelOf(state);
        page.setSources(state.sources || {});
        page.show();
        if (panel.subject)
            askExplanation();
        page.say();
        document.body.dataset.states = ++page.states;
        if (page.states <= MEASURED)
            performance.measure('berth-state', {start: started});
    },

    setSources(sources) {
        page.sources = sources;
        page.sourcesAt = Date.now();
        page.showAges();
    },

    showAges() {
        if (page.model)
            showSources(page.sources, page.sourcesAt);
    },

    showLink: showLinkState,

    /* Everything that depends on the state and on what is asked for. */
    show() {
        const {model} = page;
        if (!model)
            return;
        const terms = parseQuery(page.query);
        const shown = model.groups
            .map(group => ({group, rows: rowsFound(group, terms, page.chips)}))
            .filter(s => s.rows.length);
        showHealth(model);
        showProblems(model);
        showTotals(model);
        showChips(model);
        showFound(model, shown);
        showChain(model, shown);
        showChanges(page.changes, terms);
    },

    addChanges(changes) {
        page.changes = page.changes.concat(changes).slice(-CHANGES_KEPT);
        page.frame = page.frame || requestAnimationFrame(() => {
            page.frame = 0;
            showChanges(page.changes, parseQuery(page.query));
        });
    },

    forgetChanges() {
        page.changes = [];
        page.changesSign = '';
    },

    search(query) {
        page.query = query.slice(0, 200);
        $('query').value = page.query;
        page.remember();
        page.show();
    },

    remember() {
        writeHash({query: page.query, chips: page.chips, open: panel.subject});
    },

    /* Tells who listens what matters, and no more often than can be listened to. */
    say() {
        if (!page.model)
            return;
        const {health, problems} = page.model;
        const words = live.lostSince !== null ? 'The agent does not answer.'
            : `${text(page.model.state.node)} is ${health.word}, ${
                plural(problems.length, 'problem')}.`;
        if (words === page.said)
            return;
        clearTimeout(page.sayTimer);
        page.sayTimer = setTimeout(() => {
            page.said = words;
            page.sayAt = Date.now();
            setText($('say'), words);
        }, Math.max(0, page.sayAt + SAY_PAUSE - Date.now()));
    },
};

/* ---- what is asked for ---- */

function showChips(model) {
    const rows = model.groups.flatMap(g => g.rows);
    for (const button of $('chips').children) {
        const chip = button.dataset.chip;
        const n = rows.filter(CHIPS[chip].test).length;
        const on = page.chips.includes(chip);
        button.setAttribute('aria-pressed', `${on}`);
        button.hidden = !n && !on && chip !== 'trouble';
        setText(button.lastChild, n.toLocaleString());
    }
}

function showFound(model, shown) {
    const all = model.groups.reduce((n, g) => n + g.rows.length, 0);
    const found = shown.reduce((n, s) => n + s.rows.length, 0);
    const asks = page.query || page.chips.length;
    setText($('found'), asks ? `${found.toLocaleString()} of ${plural(all, 'row')}` : '');
    $('nothing').hidden = found > 0;
    setText($('nothing'), asks ? 'Nothing here answers to that search.'
        : 'Nothing runs here yet. Start a container that exposes a port.');
}

function makeChips() {
    $('chips').replaceChildren(...Object.keys(CHIPS).map(chip => el('button', {type: 'button',
        class: 'chip', 'aria-pressed': 'false', data: {chip}, onclick: () => toggleChip(chip)},
    `${CHIPS[chip].name} `, el('span', {class: 'n'}, ''))));
}

function toggleChip(chip) {
    page.chips = page.chips.includes(chip) ? page.chips.filter(c => c !== chip)
        : [...page.chips, chip];
    page.remember();
    page.show();
}

function takeHash() {
    const {query, chips, open} = readHash();
    page.query = query;
    page.chips = chips;
    $('query').value = query;
    if (open && open !== panel.subject)
        explain(open, open, []);
    page.show();
}

/* ---- keys and clicks ---- */

function onKey(event) {
    const typing = event.target.closest('input');
    if (event.key === '/' && !typing && !event.ctrlKey && !event.altKey && !event.metaKey) {
        event.preventDefault();
        $('query').focus();
        $('query').select();
    } else if (event.key === 'Escape' && typing) {
        page.search('');
        $('query').blur();
    } else if (event.key === 'Escape') {
        closePanel();
    }
}

function listenToReader() {
    document.addEventListener('keydown', onKey);
    $('skip').addEventListener('click', e => {
        e.preventDefault(); /* the hash says what is asked for */
        $('chain').focus();
    });
    $('query').addEventListener('input', () => {
        page.query = $('query').value;
        page.remember();
        page.show();
    });
    $('groups').addEventListener('click', e => {
        const cell = e.target.closest('.cell');
        if (cell)
            openPanel(cell);
    });
    $('panel-close').addEventListener('click', closePanel);
    $('problems-all').addEventListener('click', () => {
        page.allProblems = !page.allProblems;
        page.show();
    });
    window.addEventListener('hashchange', takeHash);
    chain.narrow.addEventListener('change', page.show);
}

makeChips();
listenToReader();
listenToPath();
listenToToken();
takeHash();
listenToAgent();
setInterval(page.showAges, 1000);
