/* The explanation of one thing: what `berth explain` says, its changes, its names to copy. */

const panel = {
    subject: '',    /* what is explained; empty: nothing */
    names: [],      /* [what, name] to copy */
    match: [],      /* names by which its changes are found */
    from: null,     /* the cell that it was opened from */
    serial: 0,      /* of the question that is out */
    sign: '',       /* what is shown, as text */
};

/* What the agent is asked about the thing of 'info', how it is called, and its other names. */
function subjectOf({column, value, row}) {
    const container = row && row.container;
    const id = container ? text(container.id) : '';
    const face = faceOf(column, value);
    const service = column === 'backend' || column === 'server' ? text((row.backend || {}).service)
        : '';
    const port = column === 'mapping' ? `:${text(value.host_port)}` : '';
    const place = column === 'instance' ? hostPort(value.address, value.port) : '';
    return {
        subject: port || (column === 'backend' || !id ? service || place : id) || face.name,
        title: `${TITLES[column]} ${face.name}`, names: namesOf(row, column, value),
    };
}

function namesOf(row, column, value) {
    const {container: c, mapping: m, instance: i, backend: b, server: s} =
        column === 'backend' ? {backend: value} : row;
    return [
        c && ['container', c.name], c && ['container id', c.id], c && ['image', c.image],
        c && c.trace && ['trace', c.trace],
        m && ['host port', hostPort(m.host_address, m.host_port)],
        m && m.container_address && ['inside', hostPort(m.container_address, m.container_port)],
        i && ['service', i.service], i && ['instance id', i.id],
        i && ['address', hostPort(i.address, i.port)],
        b && ['backend', b.name], b && waysIn(b).length && ['ways in', waysIn(b).join(' ')],
        s && ['server', s.name], s && !i && ['address', hostPort(s.address, s.port)],
    ].filter(n => n && text(n[1]));
}

function openPanel(cell) {
    const info = chain.info.get(cell);
    const {subject, title, names} = subjectOf(info);
    panel.from = focusedCell() || {key: info.key, group: info.group, column: info.column};
    explain(subject, title, names);
    $('panel-title').focus();
}

function explain(subject, title, names) {
    panel.subject = subject;
    panel.names = names;
    panel.match = names.filter(([k]) => MATCHED.includes(k))
        .flatMap(([k, v]) => k === 'container id' ? [text(v), shortId(v)] : [text(v)]);
    $('panel').hidden = false;
    document.body.classList.add('panel-open');
    $('panel-title').replaceChildren(name(title, ''));
    $('panel-body').replaceChildren(el('p', {class: 'quiet'}, 'Asking the agent.'));
    page.remember();
    askExplanation();
}

function closePanel() {
    if (!panel.subject)
        return;
    panel.subject = '';
    panel.serial++;
    $('panel').hidden = true;
    document.body.classList.remove('panel-open');
    page.remember();
    if (panel.from)
        focusCell(cells().find(c => {
            const info = chain.info.get(c);
            return info.key === panel.from.key && info.group === panel.from.group;
        }) || cells()[0]);
    panel.from = null;
}

/* Asked again with each new state, too; the answer to an older question is not shown. */
async function askExplanation() {
    const serial = ++panel.serial;
    let body;
    try {
        const {doc} = await ask(`/v1/explain?subject=${encodeURIComponent(panel.subject)}`);
        body = explanationOf(doc);
    } catch (error) {
        body = [el('p', {class: 'tone-bad'}, 'The agent does not answer this question now.')];
    }
    if (serial === panel.serial && panel.subject)
        showExplanation(body);
}

function showExplanation(body) {
    const node = el('div', null, ...body, namesPart(panel.names), changesPart());
    const sign = node.textContent;
    if (sign === panel.sign && $('panel-body').querySelector('.part'))
        return;
    panel.sign = sign;
    $('panel-body').replaceChildren(...node.childNodes);
}

function explanationOf(doc) {
    if (!doc.found)
        return [el('p', null, `There is no such thing now. Looked for: ${text(doc.looked_for)}`),
            ...(Array.isArray(doc.near) && doc.near.length
                ? [el('p', null, 'It resembles: ', name(doc.near.map(text).join(', ')))] : [])];
    return list(doc.parts).map(part => el('section', {class: 'part'},
        el('h3', null, name(part.title, '')),
        el('dl', {class: 'steps'}, ...list(part.steps).flatMap(s => [
            el('dt', {class: s.step === 'problem' ? 'tone-bad' : ''}, text(s.step)),
            el('dd', null, el('bdi', null, text(s.text)))]))));
}

/* ---- names to copy ---- */

function namesPart(names) {
    if (!names.length)
        return null;
    return el('section', {class: 'part'}, el('h3', null, 'Names'), el('dl', {class: 'steps names'},
        ...names.flatMap(([what, value]) => [el('dt', null, what), el('dd', null,
            name(value, 'copied'), el('button', {class: 'plain copy', type: 'button',
                'aria-label': `Copy ${what}`, onclick: e => copy(e.currentTarget, text(value))},
            'Copy'))])));
}

/* Without a clipboard, as on plain HTTP from elsewhere, the name is selected to be copied. */
async function copy(button, value) {
    try {
        await navigator.clipboard.writeText(value);
        button.textContent = 'Copied';
    } catch (error) {
        getSelection().selectAllChildren(button.previousSibling);
        button.textContent = 'Selected';
    }
    setTimeout(() => {
        button.textContent = 'Copy';
    }, 2000);
}

/* ---- its changes ---- */

const PANEL_CHANGES = 20;

/* Names by which the log calls things. */
const MATCHED = ['container', 'container id', 'instance id', 'trace', 'server'];

function changesPart() {
    const found = page.changes.filter(c => {
        const words = [...Object.values(c.fields || {}).map(text), ...text(c.text).split(/\s+/)];
        return words.some(w => panel.match.includes(w));
    }).slice(-PANEL_CHANGES).reverse();
    return el('section', {class: 'part'}, el('h3', null, 'Its changes'), found.length
        ? el('ol', {class: 'change-list'}, ...found.map(changeItem))
        : el('p', {class: 'quiet'}, 'None of the last 1,000 changes names it.'));
}
