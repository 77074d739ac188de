// SPDX-License-Identifier: Apache-2.0
// Keeps the page up to date and filters while the reader types. The page is complete without it.
// Parts of a document that the coordinator sent are moved into this one; no text becomes markup.
'use strict';

(() => {
  const EVERY_MS = 5000;
  const TYPING_MS = 300;
  const form = document.querySelector('form');
  const find = document.getElementById('find');
  const live = document.createElement('span');
  const button = document.createElement('button');
  let running = true;
  let asked = null;
  let typing = null;

  live.id = 'live';
  button.type = 'button';
  button.id = 'pause';
  form.append(button, live);

  const label = () => {
    button.textContent = running ? 'Pause updates' : 'Resume updates';
  };

  const address = () => {
    const url = new URL(location.href);
    if (find.value === '') {
      url.searchParams.delete('find');
    } else {
      url.searchParams.set('find', find.value);
    }
    return url;
  };

  // What the reader looks at stays where it is: the element with the focus, and how far tables are scrolled.
  const show = fresh => {
    const old = document.getElementById('content');
    const next = fresh && fresh.getElementById('content');
    if (!next) {
      return false;
    }
    const focused = old.contains(document.activeElement) ? document.activeElement : null;
    const way = focused && path(old, focused);
    const scrolled = [...old.querySelectorAll('.scroll')].map(e => [e.id, e.scrollLeft]);
    const content = document.adoptNode(next);
    old.replaceWith(content);
    scrolled.forEach(([id, left]) => {
      const region = document.getElementById(id);
      if (region) {
        region.scrollLeft = left;
      }
    });
    const again = way && follow(content, way);
    if (again) {
      again.focus({preventScroll: true});
    }
    const totals = document.getElementById('totals');
    const text = fresh.getElementById('totals').textContent;
    if (totals.textContent !== text) {
      totals.textContent = text;
    }
    document.title = fresh.title;
    document.querySelector('footer').replaceWith(document.adoptNode(fresh.querySelector('footer')));
    return true;
  };

  const path = (root, element) => {
    const steps = [];
    for (let e = element; e !== root; e = e.parentElement) {
      steps.unshift([...e.parentElement.children].indexOf(e));
    }
    return steps;
  };

  const follow = (root, steps) => steps.reduce((e, step) => e && e.children[step], root);

  const load = () => {
    if (asked) {
      asked.abort();
    }
    const request = new XMLHttpRequest();
    asked = request;
    request.open('GET', address());
    request.responseType = 'document';
    request.timeout = 4 * EVERY_MS;
    request.onload = () => {
      const done = request.status === 200 && show(request.response);
      live.textContent = done ? '' : 'The coordinator refused (status ' + request.status + '): this is old.';
    };
    request.onerror = request.ontimeout = () => {
      live.textContent = 'The coordinator does not answer: this is old.';
    };
    request.onloadend = () => {
      if (asked === request) {
        asked = null;
      }
    };
    request.send();
  };

  button.addEventListener('click', () => {
    running = !running;
    label();
    if (running) {
      load();
    }
  });

  find.addEventListener('input', () => {
    clearTimeout(typing);
    typing = setTimeout(() => {
      history.replaceState(null, '', address());
      load();
    }, TYPING_MS);
  });

  setInterval(() => {
    const selecting = !getSelection().isCollapsed;
    if (running && !document.hidden && !selecting && !asked) {
      load();
    }
  }, EVERY_MS);

  label();
})();
