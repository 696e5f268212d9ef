/* Hovering or focusing a cell lights up its whole path; arrow keys walk along it.
 *
 * One cell of all can be reached by Tab; from there on it is arrows. */

const SELECTOR = '.focusable';

function cells(selector) {
    return [...$('groups').querySelectorAll(selector || SELECTOR)];
}

/* ---- the lit path ---- */

/* Rows that the thing of 'info' takes part in, by group: one container may be in several. */
function rangesOf(info) {
    const ranges = new Map();
    for (const cell of cells('.cell')) {
        const other = chain.info.get(cell);
        if (other.key === info.key && other.column === info.column)
            push(ranges, other.group, other);
    }
    return ranges;
}

function lightUp(target) {
    const info = target && chain.info.get(target);
    if (chain.lit === target)
        return;
    chain.lit = target;
    for (const node of $('groups').querySelectorAll('.lit'))
        node.classList.remove('lit');
    $('groups').classList.toggle('lighting', !!info && info.column !== 'head');
    if (info && info.column !== 'head')
        for (const [group, ranges] of rangesOf(info))
            lightGroup(chain.groups.get(group).node, ranges);
}

function lightGroup(node, ranges) {
    const overlaps = (from, to) => ranges.some(r => from < r.to && to > r.from);
    for (const cell of node.querySelectorAll('.cell')) {
        const {from, to} = chain.info.get(cell);
        cell.classList.toggle('lit', overlaps(from, to));
    }
    for (const line of node.querySelectorAll('path'))
        line.classList.toggle('lit', overlaps(+line.dataset.from, +line.dataset.to));
}

/* ---- focus ---- */

/* Where the focus is, as something that outlives the element. */
function focusedCell() {
    const info = chain.info.get(document.activeElement);
    return info ? {key: info.key, group: info.group, column: info.column} : null;
}

/* One cell can be reached by Tab: the one that had the focus last, else the first. 'lost' had the
 * focus before the chain was shown anew. */
function setRoving(lost) {
    const last = lost || chain.roving;
    const all = cells();
    const isSame = c => {
        const info = chain.info.get(c);
        return info.key === last.key && info.group === last.group && info.column === last.column;
    };
    const target = (last && all.find(isSame)) || all[0];
    for (const cell of all)
        if (cell.tabIndex === 0 && cell !== target)
            cell.tabIndex = -1;
    if (target)
        target.tabIndex = 0;
    if (lost && target && document.activeElement !== target)
        target.focus({preventScroll: true});
}

function focusCell(cell) {
    if (!cell)
        return false;
    const info = chain.info.get(cell);
    chain.roving = {key: info.key, group: info.group, column: info.column};
    setRoving(null);
    cell.focus();
    cell.scrollIntoView({block: 'nearest', inline: 'nearest'});
    return true;
}

/* ---- arrows ---- */

/* The next cell up or down in the same column; heads stand in every column. */
function verticalFrom(cell, step) {
    const column = chain.info.get(cell).column;
    const wanted = column === 'head' ? chain.column || 'head' : column;
    const all = cells();
    for (let i = all.indexOf(cell) + step; i >= 0 && i < all.length; i += step) {
        const other = chain.info.get(all[i]).column;
        if (other === 'head' || other === wanted || wanted === 'head')
            return all[i];
    }
    return null;
}

/* The cell that this one leads to, or comes from. */
function horizontalFrom(cell, step) {
    const info = chain.info.get(cell);
    const group = chain.groups.get(info.group).node;
    const order = COLUMNS.indexOf(info.column);
    const candidates = [...group.querySelectorAll('.cell')].filter(c => {
        const other = chain.info.get(c);
        return other.from < info.to && other.to > info.from &&
            Math.sign(COLUMNS.indexOf(other.column) - order) === step;
    });
    const distance = c => Math.abs(COLUMNS.indexOf(chain.info.get(c).column) - order);
    return candidates.sort((a, b) => distance(a) - distance(b))[0] || null;
}

function arrowFrom(cell, key) {
    const info = chain.info.get(cell);
    if (info.column === 'head' && (key === 'ArrowLeft' || key === 'ArrowRight')) {
        toggleGroup(info.group, key === 'ArrowRight');
        return true;
    }
    switch (key) {
    case 'ArrowDown': return focusCell(verticalFrom(cell, 1));
    case 'ArrowUp': return focusCell(verticalFrom(cell, -1));
    case 'ArrowRight': return focusCell(horizontalFrom(cell, 1));
    case 'ArrowLeft': return focusCell(horizontalFrom(cell, -1));
    case 'Home': return focusCell(cells()[0]);
    case 'End': return focusCell(cells().pop());
    default: return false;
    }
}

function listenToPath() {
    const groups = $('groups');
    groups.addEventListener('mouseover', e => lightUp(e.target.closest('.cell')));
    groups.addEventListener('mouseleave', () => lightUp(document.activeElement.closest('.cell')));
    groups.addEventListener('focusin', e => {
        const info = chain.info.get(e.target);
        if (info) {
            chain.roving = {key: info.key, group: info.group, column: info.column};
            chain.column = info.column === 'head' ? chain.column : info.column;
            lightUp(e.target.closest('.cell'));
        }
    });
    groups.addEventListener('focusout', () => lightUp(null));
    groups.addEventListener('keydown', e => {
        const cell = e.target.closest(SELECTOR);
        const plainKey = !e.ctrlKey && !e.altKey && !e.metaKey && !e.shiftKey;
        if (cell && plainKey && arrowFrom(cell, e.key))
            e.preventDefault();
    });
}
