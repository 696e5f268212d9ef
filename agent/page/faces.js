/* What is shown of each member of the chain: a tone, a word for it, a name, and more words. Pure.
 *
 * Documents come from outside: nothing in them is taken to be there. */

const COLUMNS = ['container', 'mapping', 'instance', 'backend', 'server'];

/* From the worst to the best. */
const TONES = ['bad', 'warn', 'start', 'drain', 'off', 'ok', 'idle'];

const STATES = {
    running: 'ok', draining: 'drain', quarantined: 'bad',
    passing: 'ok', warning: 'warn', starting: 'start', critical: 'bad', paused: 'off',
    up: 'ok', down: 'bad', drain: 'drain', maint: 'off',
    'not registered': 'warn',
};

const UNSERVED = 'not registered';

function list(value) {
    return Array.isArray(value) ? value.filter(v => v !== null && typeof v === 'object') : [];
}

function text(value) {
    return value === null || value === undefined ? '' : String(value);
}

function worst(tones) {
    return TONES[Math.min(TONES.length - 1, ...tones.map(t => TONES.indexOf(t)))];
}

function toneOf(state) {
    return STATES[text(state)] || 'idle';
}

/* "10.0.0.1:8080", "[fd00::1]:8080". */
function hostPort(address, port) {
    const host = text(address);
    return `${host.includes(':') ? `[${host}]` : host}:${text(port)}`;
}

function push(map, key, value) {
    const values = map.get(key);
    if (values)
        values.push(value);
    else
        map.set(key, [value]);
}

function indexBy(values, keyOf) {
    const map = new Map();
    for (const value of values)
        push(map, keyOf(value), value);
    return map;
}

function portKey(container, port, protocol) {
    return `${text(container)}/${text(port)}/${text(protocol)}`;
}

const keyOfPort = v => portKey(v.container_id, v.container_port, v.protocol);

/* ---- what a row's cells say ---- */

/* Every member of the chain has a tone, a word for it, a name, and something said beside. */
const FACES = {
    container: c => ({
        tone: toneOf(c.state), word: text(c.state), name: text(c.name) || shortId(c.id),
        beside: text(c.image).split('/').pop(),
    }),
    mapping: m => ({
        tone: 'idle', word: text(m.owner),
        name: isEverywhere(m.host_address) ? text(m.host_port)
            : hostPort(m.host_address, m.host_port),
        beside: `to ${text(m.container_port)}${m.protocol === 'tcp' ? '' : `/${text(m.protocol)}`}`,
    }),
    instance: i => {
        const word = i.registered === false && toneOf(i.state) === 'ok' ? UNSERVED : text(i.state);
        return {tone: toneOf(word), word, name: hostPort(i.address, i.port),
            beside: i.file ? `machine, ${text(i.file)}.conf` : ''};
    },
    backend: b => ({...faceOfBackend(list(b.servers)), name: waysIn(b)[0] || 'no way in',
        beside: moreWays(b)}),
    server: s => {
        const {node, name} = splitServerName(text(s.name));
        const weight = s.weight === FULL_WEIGHT ? '' : `weight ${text(s.weight)}`;
        return {tone: toneOf(s.state), word: text(s.state), name,
            beside: [weight, node].filter(w => w).join(', ')};
    },
};

const FULL_WEIGHT = 100; /* of a server that nobody gave another one */

/* "node:container:port" is known by its end. */
function splitServerName(full) {
    const parts = full.split(':');
    return parts.length < 3 ? {node: '', name: full}
        : {node: parts[0], name: parts.slice(1).join(':')};
}

const faces = new WeakMap();

/* Of one thing in 'column': asked for often, computed once. */
function faceOf(column, value) {
    let face = faces.get(value);
    if (!face)
        faces.set(value, face = FACES[column](value));
    return face;
}

function isEverywhere(address) {
    return address === '0.0.0.0' || address === '::';
}

function shortId(id) {
    return text(id).slice(0, 12);
}

/* Host names first: people know them. */
function waysIn(backend) {
    const names = Array.isArray(backend.vhosts) ? backend.vhosts.map(text) : [];
    const ports = Array.isArray(backend.service_ports) ? backend.service_ports : [];
    return [...names, ...ports.map(p => `:${text(p)}`)];
}

function moreWays(backend) {
    const more = waysIn(backend).length - 1;
    return more > 1 ? `and ${more} more` : more === 1 ? waysIn(backend)[1] : '';
}

function faceOfBackend(servers) {
    const up = servers.filter(s => s.state === 'up').length;
    if (!servers.length)
        return {tone: 'bad', word: 'no servers'};
    if (!up)
        return {tone: 'bad', word: 'none up'};
    if (servers.some(s => s.state === 'down'))
        return {tone: 'warn', word: `${up} of ${servers.length} up`};
    return {tone: 'ok', word: servers.length === up ? 'all up' : `${up} of ${servers.length} up`};
}
