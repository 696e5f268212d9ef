/* The chain on the screen: a section for each group, as a picture or, where it is narrow, as cards.
 *
 * A group is made anew where what it shows has changed, and only then. */

const ROWS_SHOWN = 50;  /* of a group, before a button shows more */
const ROWS_OPEN = 80;   /* in all: with more, groups are closed until they are opened */
const OPEN_IN_TROUBLE = 5;

const chain = {
    narrow: matchMedia('(max-width: 47.9rem)'),
    groups: new Map(),      /* key -> {node, sign} */
    asked: new Map(),       /* key -> what a person opened or closed */
    limits: new Map(),      /* key -> rows shown, where it is more than ROWS_SHOWN */
    info: new WeakMap(),    /* element -> {key, group, column, from, to, value, row} */
    lit: null,              /* the cell whose path is lit */
    roving: null,           /* {key, group, column} of what Tab leads to */
    column: '',             /* in which arrows go up and down, also past heads */
};

/* Shows 'shown', an array of {group, rows}, in that order. */
function showChain(model, shown) {
    const total = shown.reduce((n, s) => n + s.rows.length, 0);
    const kept = new Set();
    let inTrouble = 0;
    const focus = focusedCell();
    shown.forEach((s, i) => {
        const trouble = s.group.tone === 'bad' || s.group.tone === 'warn';
        const open = total <= ROWS_OPEN || (trouble && inTrouble++ < OPEN_IN_TROUBLE);
        kept.add(s.group.key);
        place($('groups'), showGroup(model, s, open), i);
    });
    for (const [key, known] of chain.groups)
        if (!kept.has(key)) {
            known.node.remove();
            chain.groups.delete(key);
        }
    showHeads(model.columns, shown.length > 0);
    setRoving(focus);
}

function place(parent, node, at) {
    if (parent.children[at] !== node)
        parent.insertBefore(node, parent.children[at] || null);
}

function showHeads(columns, some) {
    const heads = $('heads');
    heads.hidden = chain.narrow.matches || !some;
    heads.style.setProperty('--n', columns.length);
    heads.replaceChildren(...columns.map(c => el('span', null, `${TITLES[c]}s`
        .replace('Way ins', 'Ways in'))));
}

function signOf({group, rows}, open, limit, columns) {
    const cells = rows.slice(0, open ? limit : 0).map(r => columns.map(c => r[c]
        ? [keyOfCell(c, r[c]), ...Object.values(faceOf(c, r[c]))]
        : (gapOf(r, c) || {}).say));
    return JSON.stringify([open, rows.length, columns, chain.narrow.matches, group.tone,
        countsOf(rows).map(c => [c.word, c.n]), waysOfRows(rows), cells]);
}

function showGroup(model, shown, byItself) {
    const {group} = shown;
    const asked = chain.asked.get(group.key);
    const open = asked === undefined ? byItself : asked;
    const limit = chain.limits.get(group.key) || ROWS_SHOWN;
    const sign = signOf(shown, open, limit, model.columns);
    const known = chain.groups.get(group.key);
    if (known && known.sign === sign) {
        refreshInfo(known.node, shown.rows);
        return known.node;
    }
    const node = known ? known.node : el('section', {class: 'group'});
    node.replaceChildren(headOf(shown, open), open ? bodyOf(model, shown, limit) : '');
    node.classList.toggle('open', open);
    chain.groups.set(group.key, {node, sign});
    return node;
}

/* What shows the same may still have news that is only in the explanation. */
function refreshInfo(node, rows) {
    for (const cell of node.querySelectorAll('.cell')) {
        const info = chain.info.get(cell);
        info.row = rows[info.from];
        info.value = info.row[info.column];
    }
}

/* ---- a group's head ---- */

function waysOfRows(rows) {
    return [...new Set(rows.map(r => r.backend).filter(b => b).flatMap(waysIn))];
}

function headOf({group, rows}, open) {
    const ways = waysOfRows(rows);
    const title = group.service === undefined ? 'Not registered' : group.service || '(no name)';
    const button = el('button', {class: 'head focusable', type: 'button', tabindex: '-1',
        'aria-expanded': `${open}`, data: {group: group.key}},
    el('span', {class: 'caret', 'aria-hidden': 'true'}), mark(group.tone), name(title, 'title'),
    el('span', {class: 'counts'}, ...countsOf(rows).map(countOf)),
    el('span', {class: 'ways'}, name(ways.slice(0, 3).join('  '), ''),
        ways.length > 3 ? ` and ${ways.length - 3} more` : ''));
    chain.info.set(button, {key: group.key, group: group.key, column: 'head', from: 0, to: 0});
    button.addEventListener('click', () => toggleGroup(group.key, !open));
    return el('h3', null, button);
}

function countOf({tone, word, n}) {
    return el('span', {class: `count tone-${tone}`}, mark(tone), `${n.toLocaleString()} `,
        el('bdi', null, word));
}

function toggleGroup(key, open) {
    chain.asked.set(key, open);
    page.show();
}

/* ---- a group's body ---- */

function bodyOf(model, {group, rows}, limit) {
    const some = rows.slice(0, limit);
    const body = el('div', {class: 'body'}, chain.narrow.matches
        ? cardsOf(group, some, model.columns) : pictureOf(group, some, model.columns));
    if (rows.length > limit)
        body.append(el('button', {class: 'plain more', type: 'button', onclick: () => {
            chain.limits.set(group.key, limit + 4 * ROWS_SHOWN);
            page.show();
        }}, `Show more (${(rows.length - limit).toLocaleString()} left)`));
    return body;
}

function cellOf(group, span, next, row) {
    const face = faceOf(span.column, span.value);
    const cell = el('button', {class: `cell focusable tone-${face.tone}`, type: 'button',
        tabindex: '-1', title: `${face.name}\n${face.beside}`.trim()},
    mark(face.tone), el('span', {class: 'hidden'}, `${TITLES[span.column]} `), name(face.name),
    el('span', {class: 'more-said'}, el('b', null, face.word), ' ', face.beside
        ? el('bdi', null, face.beside) : ''),
    el('span', {class: 'hidden'}, leadsTo(span, next)));
    chain.info.set(cell, {key: keyOfCell(span.column, span.value), group: group.key,
        column: span.column, from: span.from, to: span.to, value: span.value, row});
    return cell;
}

function pictureOf(group, rows, columns) {
    const {cells, lines} = layoutOf(rows, columns);
    const picture = el('div', {class: 'picture', role: 'grid', 'aria-describedby': 'chain-help',
        'aria-label': `The chain of ${group.service || UNSERVED}`,
        'aria-colcount': columns.length});
    picture.style.setProperty('--n', columns.length);
    const lines2d = rows.map(() => el('div', {role: 'row', class: 'row'}));
    cells.forEach((spans, c) => spans.forEach(span => lines2d[span.from]
        .append(placedCell(group, span, c, cells[c + 1] || [], rows[span.from]))));
    picture.append(...lines2d, ...lines.map((l, c) => gutterOf(l, c, rows.length)));
    return picture;
}

function placedCell(group, span, c, next, row) {
    const box = el('div', {role: 'gridcell', 'aria-colindex': c + 1,
        'aria-rowspan': span.to - span.from > 1 ? span.to - span.from : null});
    box.style.gridColumn = `${2 * c + 1}`;
    box.style.gridRow = `${span.from + 1} / ${span.to + 1}`;
    if (span.value)
        box.append(cellOf(group, span, next, row));
    else if (span.gap)
        box.append(el('span', {class: span.gap.line ? 'gap through' : 'gap', title: span.gap.say},
            span.gap.say));
    return box;
}

/* The lines between two columns: heights are rows, whatever a row's height is. */
function gutterOf(lines, c, n) {
    const node = svg('svg', {class: 'gutter', viewBox: `0 0 10 ${n}`, preserveAspectRatio: 'none',
        'aria-hidden': 'true'});
    for (const {from, to, y1, y2, direct} of lines)
        node.append(svg('path', {d: `M0 ${y1}C5 ${y1} 5 ${y2} 10 ${y2}`, 'data-from': from,
            'data-to': to, class: direct ? 'direct' : 'line'}));
    node.style.gridColumn = `${2 * c + 2}`;
    node.style.gridRow = `1 / ${n + 1}`;
    return node;
}

function cardsOf(group, rows, columns) {
    return el('ul', {class: 'cards', 'aria-label': `The chain of ${group.service || UNSERVED}`},
        ...rows.map((row, i) => cardOf(group, row, i, columns)));
}

function cardOf(group, row, i, columns) {
    const card = el('li', {class: `card tone-${row.tone}`});
    columns.forEach((column, c) => {
        const gap = row[column] ? null : gapOf(row, column);
        const span = {column, value: row[column], from: i, to: i + 1};
        const next = columns.slice(c + 1, c + 2).map(n => ({column: n, value: row[n], from: i,
            to: i + 1}));
        if (row[column])
            card.append(el('div', {class: 'step'}, el('span', {class: 'label'}, TITLES[column]),
                cellOf(group, span, next, row)));
        else if (gap)
            card.append(el('div', {class: 'step'}, el('span', {class: 'label'}, TITLES[column]),
                el('span', {class: 'gap'}, gap.say)));
    });
    return card;
}
