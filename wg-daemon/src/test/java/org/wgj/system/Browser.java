// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.wgj.lab.Await;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A headless Chromium, driven by the DevTools protocol over its pipe. No name leads anywhere,
 * except {@code rebind.test}, which is this machine: as a name that an attacker had resolved to it.
 */
final class Browser implements AutoCloseable {
    private static final int LONG_S = 60;

    /** The protocol wants file descriptors 3 and 4, which a process of Java cannot be given. */
    private static final String START =
            "exec 3<&0 4>&1 </dev/null >&2; exec chromium --headless=new --no-sandbox --disable-gpu"
                    + " --disable-dev-shm-usage --no-first-run --disable-extensions"
                    + " --disable-background-networking --disable-sync --disable-component-update"
                    + " --disable-features=OptimizationHints,MediaRouter --hide-scrollbars"
                    + " --host-resolver-rules='MAP rebind.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE"
                    + " 127.0.0.1' --remote-debugging-pipe --user-data-dir=\"$0\" about:blank";

    private final Process process;
    private final Path log;
    private final OutputStream out;
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonObject>> waiting = new ConcurrentHashMap<>();
    private final List<JsonObject> events = new ArrayList<>(); // guarded by itself

    /** Starts it with an empty profile in a folder. */
    Browser(Path folder) throws IOException {
        log = folder.resolve("chromium.log");
        process =
                new ProcessBuilder("bash", "-c", START, folder.resolve("profile").toString())
                        .redirectError(log.toFile())
                        .start();
        out = process.getOutputStream();
        Thread.ofPlatform().daemon().name("devtools").start(this::read);
    }

    private void read() {
        try (InputStream in = new BufferedInputStream(process.getInputStream())) {
            ByteArrayOutputStream message = new ByteArrayOutputStream();
            for (int next = in.read(); next >= 0; next = in.read()) {
                if (next != 0) {
                    message.write(next);
                    continue;
                }
                take(JsonParser.parseString(message.toString(StandardCharsets.UTF_8)));
                message.reset();
            }
        } catch (IOException e) {
            // The pending calls fail below.
        }
        waiting.values().forEach(w -> w.completeExceptionally(new IOException("it has ended")));
    }

    private void take(JsonElement element) {
        JsonObject message = element.getAsJsonObject();
        if (message.has("id")) {
            CompletableFuture<JsonObject> asked = waiting.remove(message.get("id").getAsInt());
            if (asked != null) { // the answer may come too late
                asked.complete(message);
            }
            return;
        }
        synchronized (events) {
            events.add(message);
        }
    }

    /** Calls a method; a null session means the browser itself. */
    JsonObject call(String sessionOrNull, String method, JsonObject parameters) {
        int id = last.incrementAndGet();
        JsonObject message = new JsonObject();
        message.addProperty("id", id);
        message.addProperty("method", method);
        message.add("params", parameters);
        if (sessionOrNull != null) {
            message.addProperty("sessionId", sessionOrNull);
        }
        CompletableFuture<JsonObject> answer = new CompletableFuture<>();
        waiting.put(id, answer);
        try {
            synchronized (out) {
                out.write(message.toString().getBytes(StandardCharsets.UTF_8));
                out.write(0);
                out.flush();
            }
            JsonObject got = answer.get(LONG_S, TimeUnit.SECONDS);
            if (got.has("error")) {
                throw new AssertionError(method + ": " + got.get("error"));
            }
            return got.getAsJsonObject("result");
        } catch (IOException | TimeoutException | java.util.concurrent.ExecutionException e) {
            throw new AssertionError(method + " of chromium failed: " + log(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private String log() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Returns the events of a session with one of these names, and takes none of them away. */
    List<JsonObject> events(String session, String... methods) {
        List<String> wanted = List.of(methods);
        synchronized (events) {
            return events.stream()
                    .filter(e -> e.has("sessionId"))
                    .filter(e -> e.get("sessionId").getAsString().equals(session))
                    .filter(e -> wanted.contains(e.get("method").getAsString()))
                    .map(e -> e.getAsJsonObject("params"))
                    .toList();
        }
    }

    /** Opens an empty tab. */
    BrowserTab tab() {
        JsonObject where = new JsonObject();
        where.addProperty("url", "about:blank");
        where.addProperty("width", 1_000);
        where.addProperty("height", 900);
        where.addProperty("newWindow", true);
        JsonObject target = call(null, "Target.createTarget", where);
        target.addProperty("flatten", true);
        JsonObject session = call(null, "Target.attachToTarget", target);
        return new BrowserTab(this, session.get("sessionId").getAsString());
    }

    @Override
    public void close() {
        try {
            // They write into the profile, which is deleted next.
            List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
            out.close(); // without its pipe it ends
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
            all.forEach(ProcessHandle::destroyForcibly);
            Await.until("it has ended", () -> all.stream().noneMatch(ProcessHandle::isAlive));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
