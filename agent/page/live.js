/* What the agent says, as it says it: GET /v1/events tells that something is new, /v1/state and
 * /v1/changes what.
 *
 * While the tab is hidden nothing is asked and no stream is held: a browser has six connections to
 * one place, and the agent few streams. */

const STATE_PAUSE = 1000;   /* ms between two questions for the state */
const HEALTH_PAUSE = 15000; /* ms between two questions for the sources' ages */
const RETRY_FIRST = 1000;
const RETRY_MAX = 15000;
const ANSWER_MAX = 20000;   /* ms until a question counts as lost */

const live = {
    stream: null,
    isOpen: false,
    lostSince: null,        /* ms; null: the agent answers */
    retry: RETRY_FIRST,
    asked: -Infinity,       /* when the state was asked for last */
    stateTimer: 0,
    asking: false,
    again: false,           /* something is new since the question went out */
    last: 0,                /* number of the last change */
    newest: null,           /* that change */
    retryTimer: 0,
};

async function ask(path) {
    const answer = await fetch(path, {cache: 'no-store', headers: authorization(),
        signal: AbortSignal.timeout(ANSWER_MAX)});
    const {status} = answer;
    showTokenForm(status === 401);
    return {status, doc: status === 200 || status === 404 || status === 503 ? await answer.json()
        : {}};
}

/* ---- the stream ---- */

function connect() {
    clearTimeout(live.retryTimer);
    if (document.hidden || live.stream)
        return;
    live.stream = openStream('/v1/events', {
        open() {
            live.isOpen = true;
            live.retry = RETRY_FIRST;
            catchUp();
            page.showLink();
        },
        event(kind, data) {
            if (kind === 'state')
                wantState();
            else if (kind === 'change')
                onChange(data);
        },
        end: disconnectAndRetry,
    });
}

function disconnect() {
    clearTimeout(live.retryTimer);
    if (live.stream)
        live.stream.close();
    live.stream = null;
    live.isOpen = false;
}

function reconnect() {
    disconnect();
    live.retry = RETRY_FIRST;
    connect();
    wantState();
}

function disconnectAndRetry() {
    disconnect();
    if (document.hidden)
        return;
    page.showLink();
    wantState();
    live.retryTimer = setTimeout(connect, live.retry);
    live.retry = Math.min(RETRY_MAX, live.retry * 2);
}

/* ---- the state ---- */

/* Asks for the state, at most once a second, never while the last question is out. */
function wantState() {
    live.again = true;
    if (live.asking || live.stateTimer || document.hidden)
        return;
    const wait = Math.max(0, live.asked + STATE_PAUSE - performance.now());
    live.stateTimer = setTimeout(askState, wait);
}

async function askState() {
    live.stateTimer = 0;
    if (document.hidden)
        return;
    live.asking = true;
    live.again = false;
    live.asked = performance.now();
    try {
        const {status, doc} = await ask('/v1/state');
        if (status !== 200)
            throw new Error(`status ${status}`);
        onContact();
        page.setState(doc);
    } catch (error) {
        onSilence();
    }
    live.asking = false;
    if (live.again)
        wantState();
}

/* Ages of sources grow without any news. */
async function askHealth() {
    if (document.hidden)
        return;
    try {
        const {doc} = await ask('/health');
        if (!doc.sources)
            throw new Error('no sources');
        onContact();
        page.setSources(doc.sources);
    } catch (error) {
        onSilence();
    }
}

function onContact() {
    const wasLost = live.lostSince !== null;
    live.lostSince = null;
    if (wasLost || !live.isOpen)
        page.showLink();
}

function onSilence() {
    if (live.lostSince === null)
        live.lostSince = Date.now();
    page.showLink();
    page.say();
}

/* ---- changes ---- */

function onChange(data) {
    let change;
    try {
        change = JSON.parse(data);
    } catch (error) {
        return;
    }
    if (!change || !Number.isFinite(change.n))
        return;
    if (change.n <= live.last)
        catchUp();
    else
        takeChanges([change]);
}

function takeChanges(changes) {
    const fresh = changes.filter(c => c.n > live.last);
    if (!fresh.length)
        return;
    live.newest = fresh[fresh.length - 1];
    live.last = live.newest.n;
    page.addChanges(fresh);
}

/* Changes since the last one. That one is asked for, too: where it is not what it was, another run
 * of the agent counts anew, and everything is new. */
async function catchUp() {
    try {
        const {status, doc} = await ask(`/v1/changes?since=${Math.max(0, live.last - 1)}`);
        if (status !== 200)
            return;
        let changes = list(doc.changes).filter(c => Number.isFinite(c.n));
        const {newest} = live;
        const known = changes.find(c => c.n === live.last);
        if (newest && !(known && known.time === newest.time && known.text === newest.text)) {
            live.last = 0;
            live.newest = null;
            page.forgetChanges();
            changes = list((await ask('/v1/changes?since=0')).doc.changes);
        }
        takeChanges(changes);
    } catch (error) {
        onSilence();
    }
}

function listenToAgent() {
    document.addEventListener('visibilitychange', () => {
        if (document.hidden)
            disconnect();
        else
            reconnect();
    });
    setInterval(askHealth, HEALTH_PAUSE);
    connect();
    wantState();
}
