/* The chain as values: the document of /v1/state becomes groups of rows. Pure.
 *
 * A row is one way through the chain: a container, a host port, an instance, a way in and a server
 * of HAProxy, any of which may be missing. A group is a service with its rows. */

/* What is listed in several places, by what ties it together. */
function indexState(state) {
    const backends = list(state.backends);
    const servers = backends.flatMap(backend => list(backend.servers)
        .map(server => ({backend, server})));
    return {
        containers: new Map(list(state.containers).map(c => [c.id, c])),
        mappings: indexBy(list(state.mappings), keyOfPort),
        instances: indexBy(list(state.instances), keyOfPort),
        backends: indexBy(backends, b => text(b.service)),
        servers: indexBy(servers.filter(s => s.server.instance_id !== null),
            s => text(s.server.instance_id)),
        all: servers,
    };
}

/* How HAProxy serves 'instance': its servers, else its service's backends, else nothing. */
function waysOfInstance(index, instance) {
    const served = index.servers.get(text(instance.id));
    if (served)
        return served;
    const backends = index.backends.get(text(instance.service));
    return backends && instance.protocol !== 'udp' ? backends.map(backend => ({backend})) : [{}];
}

function rowsOfInstance(index, instance, rows) {
    const key = keyOfPort(instance);
    const container = index.containers.get(instance.container_id);
    const all = index.mappings.get(key) || [];
    const own = all.filter(m => m.host_port === instance.port);
    for (const mapping of own.length ? own : all.length ? all.slice(0, 1) : [undefined])
        for (const way of waysOfInstance(index, instance))
            rows.push({service: text(instance.service), container, mapping, instance, ...way});
}

/* Host ports that no instance has. */
function rowsOfMappings(index, rows) {
    for (const [key, mappings] of index.mappings)
        if (!index.instances.has(key))
            for (const mapping of mappings)
                rows.push({container: index.containers.get(mapping.container_id), mapping});
}

/* Containers, and ports of theirs, that lead nowhere. */
function rowsOfContainers(index, rows) {
    for (const container of index.containers.values()) {
        const ports = list(container.ports);
        for (const port of ports) {
            const key = portKey(container.id, port.port, port.protocol);
            if (!index.instances.has(key) && !index.mappings.has(key))
                rows.push({container, port});
        }
        if (!ports.length)
            rows.push({container});
    }
}

/* Servers of instances that are not this node's, and backends that nothing leads to. */
function rowsOfBackends(state, index, rows) {
    const seen = new Set(rows.map(r => r.server));
    const reached = new Set(rows.map(r => r.backend));
    for (const {backend, server} of index.all)
        if (!seen.has(server))
            rows.push({service: text(backend.service), backend, server});
    for (const backend of list(state.backends))
        if (!list(backend.servers).length && !reached.has(backend))
            rows.push({service: text(backend.service), backend});
}

function rowsOfState(state) {
    const index = indexState(state);
    const rows = [];
    for (const instance of [...list(state.instances), ...list(state.machines)])
        rowsOfInstance(index, instance, rows);
    rowsOfBackends(state, index, rows);
    rowsOfMappings(index, rows);
    rowsOfContainers(index, rows);
    return rows;
}

/* ---- what is found by which word ---- */

/* The words that a search for 'key:' looks at. */
const FINDERS = {
    container: r => [r.container && r.container.name, r.container && r.container.id],
    image: r => [r.container && r.container.image],
    service: r => [r.service],
    port: r => [r.mapping && r.mapping.host_port, r.mapping && r.mapping.container_port,
        r.port && r.port.port, r.instance && r.instance.port, r.server && r.server.port,
        ...(r.backend && r.backend.service_ports || [])],
    vhost: r => r.backend && r.backend.vhosts || [],
    address: r => [r.instance && r.instance.address, r.instance && r.instance.address6,
        r.mapping && r.mapping.container_address, r.mapping && r.mapping.container_address6,
        r.server && r.server.address, ...addressesOf(r.container)],
    state: r => COLUMNS.map(c => r[c] && faceOf(c, r[c]).word),
    trace: r => [r.container && r.container.trace, r.instance && r.instance.trace],
    id: r => [r.instance && r.instance.id, r.server && r.server.name],
};

function addressesOf(container) {
    return container ? list(container.networks).map(n => n.address) : [];
}

/* What the search looks at, in lower case: a string for each key, made when it is asked for. */
function hayOf(row, key) {
    row.hay = row.hay || {};
    if (row.hay[key] === undefined)
        row.hay[key] = FINDERS[key](row).map(text).join('\n').toLowerCase();
    return row.hay[key];
}

/* ---- groups ---- */

function addTones(row) {
    const tones = COLUMNS.filter(c => row[c] && c !== 'backend').map(c => faceOf(c, row[c]).tone);
    if (row.backend && !row.server)
        tones.push(faceOf('backend', row.backend).tone);
    row.tone = worst(tones);
}

function nameOfRow(row) {
    return text((row.container && row.container.name) || (row.instance && row.instance.id) ||
        (row.server && row.server.name));
}

const collator = new Intl.Collator('en', {numeric: true});

/* Rows of one way in stand together, then those of one container. */
function compareRows(a, b) {
    return collator.compare(text(a.backend && a.backend.name), text(b.backend && b.backend.name)) ||
        collator.compare(nameOfRow(a), nameOfRow(b)) ||
        collator.compare(keyOfRow(a), keyOfRow(b));
}

function keyOfRow(row) {
    return COLUMNS.map(c => row[c] ? keyOfCell(c, row[c]) : '').join(' ');
}

/* What stays the same while a thing changes its state. */
function keyOfCell(column, value) {
    switch (column) {
    case 'container': return `c/${text(value.id)}`;
    case 'mapping':
        return `m/${hostPort(value.host_address, value.host_port)}/${text(value.protocol)}`;
    case 'instance': return `i/${text(value.id)}`;
    case 'backend': return `b/${text(value.name)}`;
    default: return `s/${text(value.instance_id)}/${text(value.name)}`;
    }
}

function toneOfGroup(rows) {
    const backends = new Set(rows.map(r => r.backend).filter(b => b));
    return worst([...rows.map(r => r.tone), ...[...backends].map(b => faceOf('backend', b).tone)]);
}

function groupOf(service, rows) {
    rows.forEach(addTones);
    rows.sort(compareRows);
    return {
        key: service === undefined ? 'rest' : `service ${service}`,
        service, rows, tone: toneOfGroup(rows),
    };
}

/* Trouble comes first, what is not registered last. */
function compareGroups(a, b) {
    const trouble = g => Math.min(2, g.service === undefined ? 2 : TONES.indexOf(g.tone));
    return trouble(a) - trouble(b) || (a.service === undefined) - (b.service === undefined) ||
        collator.compare(text(a.service), text(b.service));
}

/* The columns that this node has a part in. */
function columnsOf(state) {
    const sources = state.sources || {};
    const has = name => list(state[name]).length > 0;
    return COLUMNS.filter(c => ({
        container: sources.docker || has('containers'),
        mapping: sources.portmap || has('mappings'),
        instance: sources.registrator || has('instances') || has('machines'),
        backend: sources.lb || has('backends'),
        server: sources.lb || has('backends'),
    })[c]);
}

/* The whole: 'groups' in order, 'columns', 'totals', 'problems', 'health'. */
function modelOf(state) {
    const byService = indexBy(rowsOfState(state), r => r.service);
    const groups = [...byService].map(([service, rows]) => groupOf(service, rows));
    groups.sort(compareGroups);
    const model = {state, groups, columns: columnsOf(state), problems: list(state.problems)};
    model.totals = totalsOf(state, groups);
    model.health = healthOf(model);
    return model;
}

/* ---- totals and health ---- */

function countStates(values, stateOf) {
    const counts = new Map();
    for (const value of values)
        counts.set(stateOf(value), (counts.get(stateOf(value)) || 0) + 1);
    return [...counts].sort((a, b) => TONES.indexOf(toneOf(b[0])) - TONES.indexOf(toneOf(a[0])));
}

function totalsOf(state, groups) {
    const servers = list(state.backends).flatMap(b => list(b.servers));
    const wordOf = column => v => faceOf(column, v).word;
    const totals = [
        ['Containers', list(state.containers), wordOf('container')],
        ['Host ports', list(state.mappings), wordOf('mapping')],
        ['Instances', list(state.instances), wordOf('instance')],
        ['Machines', list(state.machines), wordOf('instance')],
        ['Dubbo providers', list(state.dubbo), d => text(d.state)],
        ['DNS names', list((state.dns || {}).names), n => text(n.state)],
        ['HAProxy servers', servers, wordOf('server')],
    ].map(([name, values, stateOf]) => ({name, n: values.length,
        states: countStates(values, stateOf)}));
    totals.splice(2, 0, {name: 'Services', n: groups.filter(g => g.service !== undefined).length,
        states: []});
    return totals;
}

/* One word for the node. It is said in doc/status-page.md what each means. */
function healthOf(model) {
    const unreachable = list(model.state.backends)
        .filter(b => waysIn(b).length && faceOf('backend', b).tone === 'bad').length;
    if (!model.state.ready)
        return {tone: 'start', word: 'not ready'};
    if (unreachable)
        return {tone: 'bad', word: 'services down',
            why: `${unreachable} without a server that is up`};
    if (model.problems.length || model.groups.some(g => g.tone === 'bad' || g.tone === 'warn'))
        return {tone: 'warn', word: 'degraded'};
    return {tone: 'ok', word: 'healthy'};
}
