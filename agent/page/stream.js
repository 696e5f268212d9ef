/* A stream of events, as browsers' own EventSource reads it, with two things more: it can carry a
 * token, and it notices that nothing at all comes, not even a comment. */

const SILENCE_MAX = 45000;    /* ms: the agent says something every 15 s */
const EVENT_MAX = 1 << 20;    /* characters of one event */

/* Reads 'path' until it ends, fails or close() is called; then on.end(status), with 0 where there
 * was no answer. on.open() is called once it is there, on.event(name, data) for each event. */
function openStream(path, on) {
    const control = new AbortController();
    let timer = 0;
    const alive = () => {
        clearTimeout(timer);
        timer = setTimeout(() => control.abort(), SILENCE_MAX);
    };
    const read = async () => {
        alive();
        const answer = await fetch(path, {cache: 'no-store', headers: authorization(),
            signal: control.signal});
        if (answer.status !== 200)
            return answer.status;
        on.open();
        const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
        let rest = '';
        for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
            alive();
            rest = takeEvents(rest + piece.value, on.event);
            if (rest.length > EVENT_MAX)
                control.abort();
        }
        return 200;
    };
    let closed = false;
    const end = status => {
        clearTimeout(timer);
        if (!closed)
            on.end(status);
        closed = true;
    };
    read().then(end, () => end(0));
    return {close() {
        closed = true;
        clearTimeout(timer);
        control.abort();
    }};
}

/* Calls 'onEvent' for each whole event of 'text', and returns what is left. */
function takeEvents(text, onEvent) {
    const blocks = text.replace(/\r\n/g, '\n').split('\n\n');
    const rest = blocks.pop();
    for (const block of blocks) {
        const lines = block.split('\n').filter(l => l && !l.startsWith(':'));
        const values = key => lines.filter(l => l.startsWith(`${key}:`))
            .map(l => l.slice(key.length + 1).replace(/^ /, ''));
        const data = values('data');
        if (data.length)
            onEvent(values('event')[0] || 'message', data.join('\n'));
    }
    return rest;
}

/* ---- the token, where reads need one ---- */

let token = recall();

/* A browser may be told to keep nothing. */
function recall() {
    try {
        return sessionStorage.getItem('token') || '';
    } catch (error) {
        return '';
    }
}

function keep(value) {
    token = value;
    try {
        sessionStorage.setItem('token', value);
    } catch (error) {
        /* It is asked for again after the next reload. */
    }
}

function authorization() {
    return token ? {Authorization: `Bearer ${token}`} : {};
}

function showTokenForm(wanted) {
    $('token').hidden = !wanted;
    if (wanted)
        setText($('token-said'), token ? 'This token is not taken.'
            : 'The agent shows this only to who has its token ([agent] admin_token_file).');
}

function listenToToken() {
    $('token').addEventListener('submit', e => {
        e.preventDefault();
        keep($('token-value').value.trim());
        $('token-value').value = '';
        reconnect();
    });
}
