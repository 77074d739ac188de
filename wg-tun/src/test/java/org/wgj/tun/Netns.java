// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import static org.wgj.tun.linux.ErrnoException.check;

import org.wgj.tun.linux.Libc;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicInteger;

/** A network namespace for one test, deleted after it. Needs root. */
public final class Netns implements AutoCloseable {
    private static final AtomicInteger COUNT = new AtomicInteger();
    private static final int CLONE_NEWNET = 0x40000000;

    private final String name =
            "wgj-tun-" + ProcessHandle.current().pid() + "-" + COUNT.incrementAndGet();

    /** Deletes the namespace if the JVM is stopped early. */
    private final Thread lastResort = new Thread(this::deleteQuietly);

    public Netns() throws Exception {
        command("ip", "netns", "add", name);
        Runtime.getRuntime().addShutdownHook(lastResort);
    }

    public String name() {
        return name;
    }

    /** Runs a program in the namespace and returns what it printed; it must succeed. */
    public String run(String... program) throws Exception {
        List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name));
        words.addAll(List.of(program));
        return command(words.toArray(String[]::new));
    }

    /**
     * Waits until the namespace accepts packets to its IPv6 address: the kernel adds the local
     * route some time after the address, even without duplicate address detection.
     */
    public void awaitLocalRoute(String address) throws Exception {
        long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (!run("ip", "-6", "route", "show", "table", "local").contains("local " + address)) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IOException("no local route to " + address);
            }
        }
    }

    /**
     * Makes the call on a thread of the namespace. Sockets and TUNs that it opens and threads that
     * it starts belong to the namespace too.
     */
    public <T> T call(Callable<T> action) throws Exception {
        FutureTask<T> task =
                new FutureTask<>(
                        () -> {
                            int fd = check("open", Libc.open("/run/netns/" + name, 0));
                            check("setns", Libc.setns(fd, CLONE_NEWNET));
                            Libc.close(fd);
                            return action.call();
                        });
        Thread.ofPlatform().name("in " + name).start(task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e;
        }
    }

    @Override
    public void close() throws IOException {
        Runtime.getRuntime().removeShutdownHook(lastResort);
        command("ip", "netns", "delete", name);
    }

    private void deleteQuietly() {
        try {
            command("ip", "netns", "delete", name);
        } catch (IOException e) {
            System.err.println(e.getMessage());
        }
    }

    static String command(String... words) throws IOException {
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed;
        try (InputStream output = process.getInputStream()) {
            printed = new String(output.readAllBytes(), StandardCharsets.UTF_8);
            if (process.waitFor() != 0) {
                throw new IOException(String.join(" ", words) + ": " + printed);
            }
        } catch (InterruptedException e) {
            throw new InterruptedIOException(String.join(" ", words));
        }
        return printed;
    }
}
