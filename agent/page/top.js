/* The upper part: health, link to the agent, sources, problems, totals. */

const PROBLEMS_SHOWN = 4;
const AGE_WARN = 2.5; /* of the time after which a source looks by itself */

function showHealth(model) {
    const {tone, word, why} = model.health;
    const pill = $('health');
    pill.className = `pill tone-${tone}`;
    pill.title = why || '';
    setText($('health-word'), word);
    setText($('node'), text(model.state.node));
    setText($('version'), `${text(model.state.version)} at ${text(model.state.address)}, registry ${
        text(model.state.registry)}`);
    document.title = `${tone === 'ok' ? '' : `(${word}) `}${text(model.state.node)} - berth`;
}

/* Is what the page shows what is there now? */
function showLinkState() {
    const node = $('link');
    const lost = live.lostSince !== null;
    node.className = lost ? 'tone-bad strong' : live.isOpen ? 'tone-ok' : 'tone-warn';
    node.replaceChildren(mark(lost ? 'bad' : live.isOpen ? 'ok' : 'warn'), el('span', null, ...lost
        ? ['no answer since ', timeOf(live.lostSince), '; trying again']
        : [live.isOpen ? 'live' : 'no stream of events: refreshed now and then']));
    document.body.classList.toggle('lost', lost);
}

/* ---- sources ---- */

/* What is to be said of a source, at 'age' seconds. */
function sourceSaid(source, age) {
    if (source.error)
        return {tone: 'bad', word: 'failing'};
    if (source.connected === false)
        return {tone: 'bad', word: 'not connected'};
    if (age === null)
        return source.resync === null && source.passes === 0
            ? {tone: 'idle', word: 'nothing to do yet'} : {tone: 'start', word: 'never yet'};
    if (Number.isFinite(source.resync) && age > AGE_WARN * source.resync)
        return {tone: 'warn', word: 'stale'};
    return {tone: 'ok', word: ''};
}

function showSources(sources, at) {
    const known = new Map([...$('sources').children].map(li => [li.dataset.name, li]));
    const items = Object.entries(sources).filter(([, s]) => s && typeof s === 'object');
    items.forEach(([source, s], i) => {
        const li = known.get(source) || el('li', {data: {name: source}}, mark('idle'),
            name(source, 'source'), el('span', {class: 'age'}), el('b'));
        known.delete(source);
        place($('sources'), li, i);
        showSource(li, s, (Date.now() - at) / 1000);
    });
    known.forEach(li => li.remove());
}

function showSource(li, source, since) {
    const age = Number.isFinite(source.last_ok_age) ? source.last_ok_age + since : null;
    const {tone, word} = sourceSaid(source, age);
    const [shape, , ageNode, wordNode] = li.children;
    li.className = `source-item tone-${tone}`;
    shape.className = `mark tone-${tone}`;
    setText(ageNode, age === null ? '' : `${ageText(age)} ago`);
    setText(wordNode, word);
    li.title = (Number.isFinite(source.passes)
        ? [`${source.passes} passes, ${text(source.errors)} failed`] : [])
        .concat(source.error ? text(source.error) : []).join(': ');
}

/* ---- problems ---- */

function showProblems(model) {
    const {problems} = model;
    const shown = page.allProblems ? problems : problems.slice(0, PROBLEMS_SHOWN);
    const sign = JSON.stringify([shown, problems.length]);
    if (sign === page.problemSign)
        return;
    page.problemSign = sign;
    $('problems').hidden = !problems.length;
    setText($('problems-title'), plural(problems.length, 'problem'));
    const names = namesOfModel(model);
    $('problem-list').replaceChildren(...shown.map(p => problemItem(p, names)));
    const more = $('problems-all');
    more.hidden = problems.length <= PROBLEMS_SHOWN;
    setText(more, page.allProblems ? 'Show fewer' : `Show all ${problems.length}`);
}

/* What the chain can be searched for. */
function namesOfModel(model) {
    return new Set(model.groups.flatMap(g => [text(g.service),
        ...g.rows.map(r => r.container ? faceOf('container', r.container).name : '')]));
}

function problemItem(problem, names) {
    const subject = text(problem.subject);
    const wanted = subject.replace(/^(container|service) /, '');
    const link = wanted && names.has(wanted) && {class: 'link', type: 'button',
        title: 'Search for it', onclick: () => page.search(wanted)};
    return el('li', null, mark('bad'), el('div', null,
        link ? el('button', link, name(subject)) : el('b', null, name(subject)),
        el('span', {class: 'quiet'}, ` ${text(problem.area)}`),
        el('p', null, el('bdi', null, text(problem.text)))));
}

/* ---- totals ---- */

function showTotals(model) {
    const shown = model.totals.filter(t => t.n || ['Containers', 'Services'].includes(t.name));
    const sign = JSON.stringify(shown);
    if (sign === page.totalSign)
        return;
    page.totalSign = sign;
    $('totals').replaceChildren(...shown.map(t => el('div', null, el('dt', null, t.name),
        el('dd', null, el('strong', null, t.n.toLocaleString()), ...t.states.map(totalOf)))));
}

/* A state that is as it should be needs no colour. */
function totalOf([state, n]) {
    const tone = toneOf(state);
    return el('span', {class: `count tone-${tone === 'ok' ? 'idle' : tone}`},
        tone === 'ok' || tone === 'idle' ? '' : mark(tone), `${n.toLocaleString()} `,
        el('bdi', null, state));
}
