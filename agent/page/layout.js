/* Where the cells and lines of a group's picture lie. Pure.
 *
 * Rows have one height, so a line's ends are known in rows without measuring anything. */

const TITLES = {
    container: 'Container', mapping: 'Host port', instance: 'Instance', backend: 'Way in',
    server: 'HAProxy server',
};

/* What is said where a row has nothing in 'column'; null: nothing. 'line': the chain goes on. */
function gapOf(row, column) {
    switch (column) {
    case 'mapping':
        if (row.port)
            return {say: text(row.port.why) || text(row.port.reach), line: false};
        return row.container && row.instance ? {say: 'dialled directly', line: true} : null;
    case 'instance':
        return row.container || row.mapping ? {say: row.container && !row.mapping && !row.port
            ? 'no ports' : UNSERVED, line: false} : null;
    case 'backend':
        return row.instance ? {say: 'not in HAProxy', line: false} : null;
    case 'server':
        return row.backend ? {say: 'no server', line: false} : null;
    default:
        return row.instance && row.instance.file !== undefined ? {say: 'a machine', line: false}
            : null;
    }
}

/* Cells of a column: neighbours that are one and the same thing are one cell. */
function spansOf(rows, column) {
    const spans = [];
    rows.forEach((row, i) => {
        const last = spans[spans.length - 1];
        if (row[column] && last && last.value === row[column])
            last.to = i + 1;
        else
            spans.push({column, value: row[column], gap: row[column] ? null : gapOf(row, column),
                from: i, to: i + 1});
    });
    return spans;
}

function carries(span) {
    return span.value || (span.gap && span.gap.line);
}

/* Lines from cells of one column to those of the next: {from, to, y1, y2, direct}. */
function linesOf(left, right) {
    const lines = [];
    for (let i = 0, k = 0; i < left.length && k < right.length;) {
        const a = left[i], b = right[k];
        if (carries(a) && carries(b))
            lines.push({from: Math.max(a.from, b.from), to: Math.min(a.to, b.to),
                y1: (a.from + a.to) / 2, y2: (b.from + b.to) / 2, direct: !a.value || !b.value});
        i += a.to <= b.to;
        k += b.to <= a.to;
    }
    return lines;
}

/* Cells by column, and the lines between each column and the next. */
function layoutOf(rows, columns) {
    const cells = columns.map(c => spansOf(rows, c));
    return {cells, lines: cells.slice(1).map((right, i) => linesOf(cells[i], right))};
}

/* "12 up, 1 draining": each row counts as the worst that it has. */
function countsOf(rows) {
    const counts = new Map();
    for (const row of rows) {
        const {tone, word} = saidOfRow(row);
        const known = counts.get(word) || {tone, word, n: 0};
        known.n++;
        counts.set(word, known);
    }
    return [...counts.values()].sort((a, b) => TONES.indexOf(a.tone) - TONES.indexOf(b.tone));
}

function saidOfRow(row) {
    const cells = ['server', 'instance', 'container', 'mapping', 'backend'].filter(c => row[c]);
    const faces = cells.map(c => faceOf(c, row[c]));
    const said = faces.find(f => f.tone === row.tone) || faces[0] || {tone: 'idle', word: ''};
    return !row.instance && row.tone === 'ok' ? {tone: 'idle', word: UNSERVED} : said;
}

/* Where a cell leads, for who reads by ear. */
function leadsTo(span, next) {
    const targets = next.filter(n => n.value && n.from < span.to && n.to > span.from)
        .map(n => faceOf(n.column, n.value).name);
    const more = targets.length > 1 ? ` and ${targets.length - 1} more` : '';
    return targets.length ? `, leads to ${targets[0]}${more}` : '';
}
