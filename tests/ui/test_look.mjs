#!/usr/bin/env node
// How every view looks: a picture of each in both themes and widths, and what can be told of looks without eyes.
import {SCENE_OPTIONS, VIEWS, setScene} from './scene.mjs';
import {NARROW, WIDE, assert, axe, openPage, picture, run, startServer, test, visit} from './page.mjs';

const THEMES = ['light', 'dark'];
const SCREENS = [WIDE, NARROW];
// What a laptop shows at once.
const FITTING = ['models', 'model'];
// Labels of the chart, badges and heads of columns; everything else is text of 16 px.
const SMALL_PX = 14;
const BODY_PX = 16;

/** Texts on the page that are smaller than they may be: "12px: Loss". */
function smallTexts(page) {
  return page.evaluate(([small, body]) => {
    const mayBeSmall = 'th, dt, label, figure, .badge, .method, .kbd, .stat, .legend, .code, .mono, [role=columnheader], .request-head';
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.data.trim();
      const parent = walker.currentNode.parentElement;
      if (!text || !parent.checkVisibility() || parent.closest('noscript, script')) continue;
      const size = parseFloat(getComputedStyle(parent).fontSize);
      const least = parent.closest(mayBeSmall) ? small : body;
      if (size < least - 0.01) found.push(`${size}px: ${text.slice(0, 60)}`);
    }
    return found;
  }, [SMALL_PX, BODY_PX]);
}

/** What sticks out at the right, when the page is wider than its window. */
function overflowing(page) {
  return page.evaluate(() => {
    if (document.documentElement.scrollWidth <= innerWidth) return [];
    return [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map((element) => element.outerHTML.slice(0, 120));
  });
}

/** Buttons, links and boxes that a finger misses: smaller than 24 px (WCAG 2.2), but for links within text. */
function smallTargets(page) {
  return page.evaluate(() => [...document.querySelectorAll('button, input, select, textarea, [role=tab], nav a')]
    .filter((element) => element.checkVisibility() && !element.closest('label, .visually-hidden'))
    .filter((element) => {
      const {width, height} = element.getBoundingClientRect();
      return width > 1 && height > 1 && (width < 24 || height < 24) && element.matches(':not([type=checkbox], [type=radio])');
    })
    .map((element) => element.outerHTML.slice(0, 120)));
}

async function eachLook(body) {
  const server = await startServer(...SCENE_OPTIONS);
  try {
    await setScene(server);
    for (const theme of THEMES) {
      for (const screen of SCREENS) {
        const page = await openPage(screen, theme);
        for (const [view, address] of Object.entries(VIEWS)) await body({page, server, view, address, theme, screen});
        assert.deepEqual(page.complaints, []);
        await page.context().close();
      }
    }
  } finally {
    await server.stop();
  }
}

test('every view has a picture in both themes and widths, and nothing that axe, a small screen or weak eyes stumble over', async () => {
  const found = [];
  await eachLook(async ({page, server, view, address, theme, screen}) => {
    await visit(page, server, address);
    await picture(page, `${view}-${theme}-${screen.name}`);
    const say = (problems, what) => problems.forEach((each) => found.push(`${view} ${theme} ${screen.name}: ${what}: ${each}`));
    say(await axe(page), 'axe');
    say(await smallTexts(page), 'small text');
    say(await overflowing(page), 'wider than the window');
    say(await smallTargets(page), 'small target');
    if (screen === WIDE && FITTING.includes(view)) {
      const height = await page.evaluate(() => document.documentElement.scrollHeight);
      say(height > screen.height ? [`${height} px`] : [], 'higher than the window');
    }
  });
  assert.deepEqual(found, []);
});

test('nothing jumps while a view is drawn', async () => {
  const found = [];
  const server = await startServer(...SCENE_OPTIONS);
  try {
    await setScene(server);
    for (const screen of SCREENS) {
      for (const [view, address] of Object.entries(VIEWS)) {
        const page = await openPage(screen);
        await page.addInitScript(() => {
          globalThis.shifts = [];
          new PerformanceObserver((list) => {
            for (const {value, sources} of list.getEntries())
              globalThis.shifts.push(`${value.toFixed(4)} ${sources.map(({node}) => (node?.outerHTML ?? node?.data ?? '?').slice(0, 80))}`);
          }).observe({type: 'layout-shift', buffered: true});
        });
        await visit(page, server, address);
        await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
        // "Good" is said of 0.1; a busy machine draws in more steps than another.
        const shifts = await page.evaluate(() => globalThis.shifts);
        const sum = shifts.reduce((total, shift) => total + parseFloat(shift), 0);
        if (sum > 0.05) found.push(`${view} ${screen.name}: ${sum.toFixed(4)}: ${shifts.join('; ')}`);
        await page.context().close();
      }
    }
  } finally {
    await server.stop();
  }
  assert.deepEqual(found, []);
});

test('an empty server says on every view what could be there', async () => {
  const server = await startServer();
  try {
    for (const screen of SCREENS) {
      for (const theme of THEMES) {
        const page = await openPage(screen, theme);
        const found = [];
        for (const view of ['models', 'requests', 'controls', 'connect']) {
          await visit(page, server, view);
          await picture(page, `empty-${view}-${theme}-${screen.name}`);
          for (const finding of [...await axe(page), ...await smallTexts(page), ...await overflowing(page)]) found.push(`${view}: ${finding}`);
        }
        assert.deepEqual([...found, ...page.complaints], []);
        await page.context().close();
      }
    }
  } finally {
    await server.stop();
  }
});

await run();
