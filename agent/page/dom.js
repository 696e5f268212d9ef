/* Making elements. Text is always text: nothing here reads markup. */

const $ = id => document.getElementById(id);

/* el('b', {class: 'x', onclick: f, data: {k: 1}}, 'text', child, null). */
function el(tag, props, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(props || {}))
        setProp(node, name, value);
    node.append(...children.filter(c => c !== null && c !== undefined && c !== '')
        .map(c => typeof c === 'string' ? visible(c) : c));
    return node;
}

/* Characters that cannot be seen, and those that turn the direction of what follows, are spelled:
 * a name must not look like another one. */
function visible(value) {
    return value.replace(
        /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/g,
        c => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function setProp(node, name, value) {
    if (value === null || value === undefined || value === false)
        return;
    if (name.startsWith('on'))
        node.addEventListener(name.slice(2), value);
    else if (name === 'data')
        Object.assign(node.dataset, value);
    else
        node.setAttribute(name, value === true ? '' : visible(String(value)));
}

const SVG = 'http://www.w3.org/2000/svg';

function svg(tag, attributes, ...children) {
    const node = document.createElementNS(SVG, tag);
    for (const [name, value] of Object.entries(attributes))
        node.setAttribute(name, value);
    node.append(...children);
    return node;
}

function setText(node, value) {
    const shown = visible(value);
    if (node.textContent !== shown)
        node.textContent = shown;
}

/* The shape that stands for a tone, beside a word that says it. */
function mark(tone) {
    return el('i', {class: `mark tone-${tone}`, 'aria-hidden': 'true'});
}

/* A name on a single line: foreign text keeps its direction to itself. */
function name(value, className) {
    return el('bdi', {class: className || 'name'}, text(value));
}

/* ---- times in the reader's locale ---- */

const clock = new Intl.DateTimeFormat(undefined, {hour: '2-digit', minute: '2-digit',
    second: '2-digit'});
const calendar = new Intl.DateTimeFormat(undefined, {dateStyle: 'full', timeStyle: 'long'});

function timeOf(ms) {
    const date = new Date(Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? ms : 0);
    return el('time', {datetime: date.toISOString(), title: calendar.format(date)},
        clock.format(date));
}

/* "12 s", "3 min", "2 h", "5 d". */
function ageText(seconds) {
    const s = Math.max(0, Math.floor(seconds));
    if (s < 100)
        return `${s} s`;
    if (s < 6000)
        return `${Math.floor(s / 60)} min`;
    return s < 172800 ? `${Math.floor(s / 3600)} h` : `${Math.floor(s / 86400)} d`;
}

function plural(n, one, many) {
    return `${n.toLocaleString()} ${n === 1 ? one : many || `${one}s`}`;
}
