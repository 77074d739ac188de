// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;
import org.wgj.coordinator.admin.AdminInProcess;
import org.wgj.coordinator.admin.AdminSocket;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.serve.CoordinatorFolder;
import org.wgj.coordinator.serve.MarkFile;
import org.wgj.coordinator.store.Store;

import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URLEncoder;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.Callable;

/**
 * The common part of the administrators' commands: they ask the running coordinator over its
 * socket, or work on its store themselves if none runs. The result goes to standard output, all
 * else to standard error.
 */
abstract class Admin implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private StateOption state;

    @Option(names = "--json", description = "Print the result as JSON.")
    private boolean json;

    private int exitCode;

    /** Notes whether a call may have changed something. */
    private static final class Noted implements AdminCalls {
        private final AdminCalls calls;
        private boolean changes;

        Noted(AdminCalls calls) {
            this.calls = calls;
        }

        @Override
        public JsonElement call(String method, String path, JsonElement bodyOrNull)
                throws IOException {
            changes |= !method.equals("GET");
            return calls.call(method, path, bodyOrNull);
        }

        @Override
        public void close() throws IOException {
            calls.close();
        }
    }

    /** Does the command's work. */
    abstract void run(AdminCalls calls) throws IOException;

    @Override
    public Integer call() throws IOException {
        boolean changes;
        try (Noted calls = new Noted(open(CoordinatorFolder.in(state.path())))) {
            run(calls);
            changes = calls.changes;
        } finally {
            err().flush();
        }
        // Both flush. The writer of standard output does not hear of the stream's failures.
        boolean lost = out().checkError() | System.out.checkError();
        if (lost && changes) { // else Wgj tells; a reader such as head has what it wanted
            throw new IOException(
                    "standard output: the result could not be written there; what the command"
                            + " changed is changed: if a token or a key was lost, revoke it");
        }
        return exitCode;
    }

    /** Sets the exit code of a command that did its work and found something. */
    final void exit(int code) {
        exitCode = code;
    }

    private static AdminCalls open(CoordinatorFolder folder) throws IOException {
        if (answers(folder.socket())) {
            return new AdminSocket(folder.socket());
        }
        if (!folder.exists()) {
            throw new IOException(
                    folder.path()
                            + ": there is no coordinator here: make one with wgj mesh init, or name"
                            + " its folder with --state");
        }
        Store store = folder.openStore();
        try {
            Registry registry = Registry.open(store, InstantSource.system());
            MarkFile mark = MarkFile.follow(registry, folder.markFile());
            return new AdminInProcess(
                    registry,
                    System.getProperty("user.name"),
                    () -> {
                        mark.close();
                        registry.close();
                    });
        } catch (IOException | RuntimeException | Error e) {
            store.close();
            throw e;
        }
    }

    /** A coordinator that was killed leaves its socket's name behind. */
    static boolean answers(Path socket) throws IOException {
        if (!Files.exists(socket)) {
            return false;
        }
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
            return channel.isConnected();
        } catch (ConnectException e) {
            return false;
        }
    }

    final boolean isJson() {
        return json;
    }

    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    final PrintWriter err() {
        return spec.commandLine().getErr();
    }

    /** Prints the answer as JSON, or the line to standard error. */
    final void tell(JsonElement answer, String line) {
        if (json) {
            out().println(answer);
        } else {
            err().println(line);
        }
    }

    static JsonObject object(String... namesAndValues) {
        JsonObject object = new JsonObject();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            if (namesAndValues[i + 1] != null) {
                object.addProperty(namesAndValues[i], namesAndValues[i + 1]);
            }
        }
        return object;
    }

    /** Encodes a node's name or id for a path. */
    static String encoded(String name) throws IOException {
        if (!name.matches("[^/\\p{Cntrl}]{1,100}")) {
            throw new IOException(
                    "no node has such a name: it has letters, digits and -, or is a number");
        }
        return URLEncoder.encode(name, StandardCharsets.UTF_8);
    }

    static String text(JsonObject object, String name) {
        JsonElement value = object.get(name);
        return value == null || value.isJsonNull() ? "" : value.getAsString();
    }
}
