// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;

import org.wgj.lab.Await;

import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;

/** A tab of a {@link Browser}: what a reader does in it, and what it did. */
final class BrowserTab implements AutoCloseable {
    private final Browser browser;
    private final String session;

    BrowserTab(Browser browser, String session) {
        this.browser = browser;
        this.session = session;
        for (String domain : List.of("Page", "Runtime", "Network", "Log")) {
            call(domain + ".enable");
        }
    }

    /** Calls a method; parameters are names and values in turn. */
    JsonObject call(String method, Object... parameters) {
        JsonObject json = new JsonObject();
        for (int i = 0; i < parameters.length; i += 2) {
            json.add((String) parameters[i], json(parameters[i + 1]));
        }
        return browser.call(session, method, json);
    }

    private static JsonElement json(Object value) {
        return switch (value) {
            case JsonElement element -> element;
            case String text -> new JsonPrimitive(text);
            case Number number -> new JsonPrimitive(number);
            case Boolean flag -> new JsonPrimitive(flag);
            default -> throw new IllegalArgumentException(value.toString());
        };
    }

    private int loads() {
        return browser.events(session, "Page.loadEventFired").size();
    }

    /** Does what loads another page, and waits for that. */
    void loading(Runnable action) {
        int before = loads();
        action.run();
        Await.until("the page is loaded", () -> loads() > before);
    }

    void goTo(String url) {
        loading(() -> call("Page.navigate", "url", url));
    }

    /** Evaluates an expression in the page; promises are awaited. */
    JsonElement evaluate(String expression) {
        return result(
                call(
                        "Runtime.evaluate",
                        "expression",
                        expression,
                        "returnByValue",
                        true,
                        "awaitPromise",
                        true));
    }

    private static JsonElement result(JsonObject answer) {
        if (answer.has("exceptionDetails")) {
            throw new AssertionError(answer.toString());
        }
        JsonObject result = answer.getAsJsonObject("result");
        return result.has("value") ? result.get("value") : JsonNull.INSTANCE;
    }

    String text(String expression) {
        return evaluate(expression).getAsString();
    }

    boolean isTrue(String expression) {
        return evaluate(expression).getAsBoolean();
    }

    int count(String selector) {
        return evaluate("document.querySelectorAll(" + quoted(selector) + ").length").getAsInt();
    }

    /**
     * Evaluates scripts one after the other in a world beside the page's own; gets the last one's.
     */
    JsonElement beside(String... scripts) {
        JsonObject frame =
                call("Page.getFrameTree").getAsJsonObject("frameTree").getAsJsonObject("frame");
        int context =
                call("Page.createIsolatedWorld", "frameId", frame.get("id").getAsString())
                        .get("executionContextId")
                        .getAsInt();
        JsonElement last = JsonNull.INSTANCE;
        for (String script : scripts) {
            last =
                    result(
                            call(
                                    "Runtime.evaluate",
                                    "expression",
                                    script,
                                    "contextId",
                                    context,
                                    "returnByValue",
                                    true,
                                    "awaitPromise",
                                    true));
        }
        return last;
    }

    static String quoted(String text) {
        return new JsonPrimitive(text).toString();
    }

    /** Clicks on the middle of an element with the mouse. */
    void click(String selector) {
        JsonArray at =
                evaluate(
                                "(() => { const e = document.querySelector("
                                        + quoted(selector)
                                        + "); e.scrollIntoView({block: 'center'}); const r ="
                                        + " e.getBoundingClientRect(); return [r.x + r.width / 2,"
                                        + " r.y + r.height / 2]; })()")
                        .getAsJsonArray();
        for (String type : List.of("mousePressed", "mouseReleased")) {
            call(
                    "Input.dispatchMouseEvent",
                    "type",
                    type,
                    "x",
                    at.get(0).getAsDouble(),
                    "y",
                    at.get(1).getAsDouble(),
                    "button",
                    "left",
                    "clickCount",
                    1);
        }
    }

    /** Presses a key: {@code Tab} or {@code Enter}. */
    void press(String key) {
        int code = key.equals("Tab") ? 9 : 13;
        for (String type : List.of("rawKeyDown", "char", "keyUp")) {
            if (type.equals("char") && code == 9) {
                continue;
            }
            call(
                    "Input.dispatchKeyEvent",
                    "type",
                    type,
                    "key",
                    key,
                    "code",
                    key,
                    "text",
                    type.equals("char") ? "\r" : "",
                    "windowsVirtualKeyCode",
                    code);
        }
    }

    void type(String text) {
        call("Input.insertText", "text", text);
    }

    /** Makes the page look for a feature of CSS media queries. */
    void media(String name, String value) {
        JsonObject feature = new JsonObject();
        feature.addProperty("name", name);
        feature.addProperty("value", value);
        JsonArray features = new JsonArray();
        features.add(feature);
        call("Emulation.setEmulatedMedia", "features", features);
    }

    /** Takes a picture of the page from its top down to an element, PNG. */
    byte[] screenshot(String element) {
        JsonObject size = call("Page.getLayoutMetrics").getAsJsonObject("cssContentSize");
        size.add("height", evaluate(element + ".getBoundingClientRect().top + scrollY"));
        size.addProperty("scale", 1);
        String data =
                call(
                                "Page.captureScreenshot",
                                "format",
                                "png",
                                "captureBeyondViewport",
                                true,
                                "clip",
                                size)
                        .get("data")
                        .getAsString();
        return Base64.getDecoder().decode(data);
    }

    /** Returns the addresses of all requests that the tab has sent. */
    List<String> requests() {
        return browser.events(session, "Network.requestWillBeSent").stream()
                .map(e -> e.getAsJsonObject("request").get("url").getAsString())
                .toList();
    }

    /** Returns what the console shows, exceptions and dialogs: violated policies are among it. */
    List<String> complaints() {
        return Stream.concat(
                        browser.events(session, "Log.entryAdded").stream()
                                .map(e -> e.getAsJsonObject("entry").get("text").getAsString()),
                        browser
                                .events(
                                        session,
                                        "Runtime.exceptionThrown",
                                        "Runtime.consoleAPICalled",
                                        "Page.javascriptDialogOpening")
                                .stream()
                                .map(JsonObject::toString))
                .toList();
    }

    @Override
    public void close() {
        call("Page.close");
    }
}
