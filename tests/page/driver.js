/* Drives Chromium for the tests: one JSON object a line on standard input, {id, what, ...}, is
 * carried out; one on standard output, {id, value} or {id, error}, tells how it went.
 *
 *     node driver.js FOLDER-OF-PACKAGES USER-DATA-DIR
 *
 * Tests wait for conditions themselves: nothing here waits for more than what it is told to do. */
'use strict';

const path = require('path');
const readline = require('readline');
const [, , packages, userData] = process.argv;
const {chromium} = require(path.join(packages, 'playwright-core'));

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'];

let browser;
const pages = new Map(); /* number -> {page, context, client, complaints, requests} */
let serial = 0;

/* What a good page never has: errors, refusals by its policy, requests to elsewhere. */
function listen(page, known, origin) {
    page.on('console', m => {
        if (m.type() === 'error' || m.type() === 'warning')
            known.complaints.push(`${m.type()}: ${m.text()}`);
    });
    page.on('pageerror', e => known.complaints.push(`exception: ${e.stack}`));
    page.on('request', r => {
        known.requests.push(r.url());
        if (!r.url().startsWith(origin) && !r.url().startsWith('data:'))
            known.complaints.push(`request to ${r.url()}`);
    });
    page.on('dialog', d => {
        known.complaints.push(`dialog: ${d.message()}`);
        d.dismiss();
    });
}

const commands = {
    async open({url, width, height, scheme, motion, colors}) {
        const context = await browser.newContext({viewport: {width, height}, locale: 'en-GB',
            colorScheme: scheme, reducedMotion: motion, forcedColors: colors});
        const page = await context.newPage();
        const client = await context.newCDPSession(page);
        const known = {page, context, client, complaints: [], requests: []};
        listen(page, known, new URL(url).origin);
        await client.send('Performance.enable');
        pages.set(++serial, known);
        const answer = await page.goto(url, {timeout: 60000});
        return {page: serial, headers: answer.headers(), status: answer.status()};
    },
    async resize({page, width, height}) {
        await pages.get(page).page.setViewportSize({width, height});
    },
    async run({page, script, arg}) {
        /* Of a string, so that the test says it; in the page, whose policy allows no eval(). */
        return pages.get(page).page.evaluate(new Function(`return ${script}`)(), arg);
    },
    async press({page, key}) {
        await pages.get(page).page.keyboard.press(key);
    },
    async type({page, text}) {
        await pages.get(page).page.keyboard.type(text);
    },
    async click({page, selector}) {
        await pages.get(page).page.locator(selector).first().click({timeout: 20000});
    },
    async hover({page, selector}) {
        await pages.get(page).page.locator(selector).first().hover({timeout: 20000});
    },
    async shot({page, file, whole}) {
        await pages.get(page).page.screenshot({path: file, fullPage: !!whole, timeout: 60000});
    },
    async axe({page}) {
        const source = require('fs').readFileSync(path.join(packages, 'axe-core/axe.min.js'), 'utf8');
        await pages.get(page).client.send('Runtime.evaluate', {expression: `${source}; 0`});
        return pages.get(page).page.evaluate(async () => {
            const found = await axe.run(document, {resultTypes: ['violations']});
            return found.violations.map(v => ({id: v.id, help: v.help,
                nodes: v.nodes.slice(0, 5).map(n => `${n.html.slice(0, 200)} ${n.failureSummary}`)}));
        });
    },
    /* Seconds of the main thread since the page began: scripts, styles, layout and all. */
    async busy({page}) {
        const {metrics} = await pages.get(page).client.send('Performance.getMetrics');
        return metrics.find(m => m.name === 'TaskDuration').value;
    },
    async complaints({page}) {
        return pages.get(page).complaints;
    },
    async requests({page}) {
        return pages.get(page).requests;
    },
    async close({page}) {
        await pages.get(page).context.close();
        pages.delete(page);
    },
};

async function main() {
    browser = await chromium.launch({executablePath: '/usr/bin/chromium', args: ARGS,
        timeout: 60000, env: {...process.env, HOME: userData, XDG_CONFIG_HOME: userData}});
    console.log(JSON.stringify({id: 0, value: browser.version()}));
    for await (const line of readline.createInterface({input: process.stdin})) {
        const {id, what, ...args} = JSON.parse(line);
        try {
            const value = await commands[what](args);
            console.log(JSON.stringify({id, value: value === undefined ? null : value}));
        } catch (error) {
            console.log(JSON.stringify({id, error: String(error.stack || error)}));
        }
    }
    await browser.close();
}

main().catch(error => {
    console.log(JSON.stringify({id: 0, error: String(error.stack || error)}));
    process.exit(1);
});
