// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.events.Event;
import org.wgj.events.EventText;
import org.wgj.process.Signals;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.PollFds;
import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.channels.ClosedByInterruptException;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/** {@code wgj events}. */
@Command(
        name = "events",
        mixinStandardHelpOptions = true,
        description = {
            "Follows what happens on an interface, or on all that are up now: peers that connect,"
                    + " go silent or change their endpoint, what is refused, changes of the peers.",
            "It ends when the interfaces end, or with SIGINT. Only wireguard-java and wgj run"
                    + " report events."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj events wg0 --json | jq 'select(.event == \"connected\")'"})
final class EventsCommand implements Callable<Integer> {
    private static final int OUTPUT = 1; // the descriptor
    private static final DateTimeFormatter LOCAL_TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss").withZone(ZoneId.systemDefault());

    @Spec private CommandSpec spec;

    @Parameters(
            index = "0",
            arity = "0..1",
            paramLabel = "INTERFACE",
            description = "An interface; all by default.")
    private String name;

    @Option(names = "--json", description = "Print a JSON object for each event, one a line.")
    private boolean json;

    private final CountDownLatch interrupted = new CountDownLatch(1);
    private final AtomicInteger failures = new AtomicInteger();

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<String> names = name == null ? UapiClient.interfaces() : List.of(name);
        if (names.isEmpty()) {
            throw new IOException("there is no interface to follow");
        }
        List<UapiClient> clients = names.stream().map(UapiClient::of).toList();
        try {
            Signals.handle(Signals.Signal.INT, interrupted::countDown);
        } catch (IllegalStateException e) {
            // With -Xrs, SIGINT ends the process, which is as good.
        }
        Thread.ofPlatform().daemon().name("output").start(this::awaitClosedOutput);
        List<Thread> threads = new ArrayList<>();
        CountDownLatch running = new CountDownLatch(clients.size());
        for (UapiClient client : clients) {
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name(client.name())
                            .start(
                                    () -> {
                                        follow(client);
                                        running.countDown();
                                    }));
        }
        Thread.ofPlatform()
                .daemon()
                .name("end")
                .start(
                        () -> {
                            try {
                                running.await();
                                interrupted.countDown();
                            } catch (InterruptedException e) {
                                throw new IllegalStateException(
                                        "nothing interrupts this thread", e);
                            }
                        });
        interrupted.await();
        return failures.get() == clients.size() ? 1 : 0;
    }

    private void follow(UapiClient client) {
        try {
            client.follow(this::print);
        } catch (ClosedByInterruptException e) {
            throw new IllegalStateException("nothing interrupts this thread", e);
        } catch (IOException e) {
            failures.incrementAndGet();
            spec.commandLine().getErr().println("wgj: " + e.getMessage());
        }
    }

    private synchronized void print(Event event) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(
                json
                        ? EventText.json(event)
                        : LOCAL_TIME.format(event.time())
                                + " "
                                + event.interfaceName()
                                + ": "
                                + EventText.words(event, true));
        if (out.checkError()) { // flushes too
            interrupted.countDown();
        }
    }

    /** Notices that the reader of the output is gone before there is something to print. */
    private void awaitClosedOutput() {
        try (Arena arena = Arena.ofConfined()) {
            PollFds output = new PollFds(arena, 1).watch(0, OUTPUT, 0);
            while (true) {
                if (output.await(-1) > 0) {
                    if ((output.returned(0) & (PollFds.POLLERR | PollFds.POLLHUP)) != 0) {
                        interrupted.countDown();
                    }
                    return; // otherwise the output is closed, and printing fails
                }
            }
        } catch (ErrnoException e) {
            return; // printing will notice it
        }
    }
}
