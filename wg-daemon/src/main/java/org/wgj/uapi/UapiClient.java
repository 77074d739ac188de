// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.events.Event;
import org.wgj.events.EventHub;
import org.wgj.process.ProcessInfo;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.DataPathInfo;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.text.ByteText;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Queries and configures a running userspace interface, of any implementation, through its socket.
 * Each call opens a connection and waits for the answer, and fails after 30 seconds without
 * progress. Safe for use by several threads.
 *
 * <p>The messages of its exceptions are for users: they say what is wrong and what to do.
 */
public final class UapiClient {
    private static final String SUFFIX = ".sock";

    private final String name;
    private final Path path;

    private UapiClient(String name, Path path) {
        this.name = name;
        this.path = path;
    }

    /**
     * @throws IllegalArgumentException if an interface cannot have the name
     */
    public static UapiClient of(String interfaceName) {
        try {
            return new UapiClient(
                    interfaceName, SocketFile.path(UapiServer.directory(), interfaceName));
        } catch (IOException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    /**
     * Returns the interfaces whose sockets have a listener, in the order of the directory, as
     * {@code wg} lists them. It includes sockets that only another user may open.
     */
    public static List<String> interfaces() throws IOException {
        List<String> names = new ArrayList<>();
        Path directory = UapiServer.directory();
        if (Files.exists(directory)) {
            SocketOwner.requireFolder(directory);
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (Path file : files) {
                String fileName = file.getFileName().toString();
                String name = fileName.substring(0, fileName.length() - SUFFIX.length());
                if (!name.isEmpty() && isServed(file)) {
                    names.add(name);
                }
            }
        } catch (NoSuchFileException e) {
            return List.of(); // no interface has been created yet
        } catch (AccessDeniedException e) {
            throw new ErrnoException(
                    directory.toString(),
                    Errno.EACCES,
                    "permission denied to " + System.getProperty("user.name") + ": try sudo");
        }
        return List.copyOf(names);
    }

    private static boolean isServed(Path file) {
        try (var _ = UapiConversation.open(file)) {
            return true;
        } catch (ErrnoException e) {
            return e.errno() == Errno.EACCES;
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Returns the user of {@code run --user}, whose sockets are in another folder; empty for all
     * other interfaces.
     */
    public static Optional<String> userOf(String interfaceName) throws IOException {
        Path path;
        try {
            path = of(interfaceName).path;
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
        return SocketOwner.isLinkToUser(path)
                ? Optional.of(SocketOwner.user(path).getName())
                : Optional.empty();
    }

    /** Deletes the socket of an interface if no process listens to it. */
    public static void deleteStaleSocket(String interfaceName) throws IOException {
        SocketFile.deleteIfStale(of(interfaceName).path);
    }

    /** The interface's name. */
    public String name() {
        return name;
    }

    /**
     * Returns the interface's configuration and the state of its peers, without secrets. {@link
     * TunnelStatus#drops} is empty.
     *
     * @throws IOException when there is no such interface, it cannot be accessed or does not answer
     */
    public TunnelStatus get() throws IOException {
        StatusWithKeys withKeys = statusWithKeys();
        withKeys.wipe();
        return withKeys.status();
    }

    /**
     * Returns the same with the private and preshared keys, which the caller wipes.
     *
     * @throws IOException when there is no such interface, it cannot be accessed or does not answer
     */
    public StatusWithKeys statusWithKeys() throws IOException {
        GetParser parser = new GetParser(name);
        try {
            ask("get", List.of("get=1"), parser::line);
            return parser.statusWithKeys();
        } catch (IOException | RuntimeException e) {
            parser.wipe();
            throw e;
        }
    }

    /**
     * Returns what the interface works with and what it dropped. Only our own implementation
     * reports that; the result is empty for others.
     *
     * @throws IOException when there is no such interface or it cannot be accessed
     */
    public Optional<DataPathInfo> dataPath() throws IOException {
        DataPathText text = new DataPathText();
        try (UapiConversation conversation = UapiConversation.open(path)) {
            int errno =
                    conversation.ask(
                            List.of(DataPathText.OPERATION),
                            (key, value) -> text.line(key, value.toString()));
            return errno == 0 ? Optional.of(text.info()) : Optional.empty();
        } catch (UapiConversation.NotAnAnswerException e) {
            return Optional.empty(); // wireguard-go ends the connection
        }
    }

    /**
     * Returns what the interface's process is. Only our own implementation reports that; the result
     * is empty for others.
     *
     * @throws IOException when there is no such interface or it cannot be accessed
     */
    public Optional<ProcessInfo> process() throws IOException {
        ProcessText text = new ProcessText();
        try (UapiConversation conversation = UapiConversation.open(path)) {
            int errno =
                    conversation.ask(
                            List.of(ProcessText.OPERATION),
                            (key, value) -> text.line(key, value.toString()));
            return errno == 0 ? Optional.of(text.info()) : Optional.empty();
        } catch (UapiConversation.NotAnAnswerException e) {
            return Optional.empty(); // wireguard-go ends the connection
        }
    }

    /**
     * Makes the process of the interface read its configuration files again, waits for it, and
     * returns the problems. The result is empty if the process has no files to read, which is true
     * for all processes except {@code wgj run}.
     *
     * @param request identifies the reload: the process does it once, even if the request comes
     *     through several of its interfaces
     * @throws IOException when there is no such interface, it cannot be accessed, or ends meanwhile
     */
    public Optional<List<String>> reload(String request) throws IOException {
        List<String> problems = new ArrayList<>();
        try (UapiConversation conversation = UapiConversation.open(path)) {
            conversation.waitForEver();
            int errno =
                    conversation.ask(
                            List.of(ReloadText.OPERATION + request),
                            (key, value) -> {
                                if (key.equals(ReloadText.PROBLEM)) {
                                    problems.add(ReloadText.oneLine(value.toString()));
                                }
                            });
            return errno == 0 ? Optional.of(problems) : Optional.empty();
        } catch (UapiConversation.NotAnAnswerException e) {
            return Optional.empty();
        }
    }

    /**
     * Follows what happens on the interface. Returns after the last event, which is of the kind
     * {@link Event.Kind#CLOSED}.
     *
     * @param sink takes the events on this thread, one at a time; what it takes long for is missed
     *     in the end
     * @throws ErrnoException EBUSY if the interface has too many followers
     * @throws java.nio.channels.ClosedByInterruptException if the thread is interrupted
     * @throws IOException when there is no such interface, it cannot be accessed, its
     *     implementation does not report events, or its process ends without a last event
     */
    public void follow(Consumer<Event> sink) throws IOException {
        try (UapiConversation conversation = UapiConversation.open(path)) {
            int errno = conversation.ask(List.of(EventRecord.OPERATION), (key, value) -> {});
            if (errno == Errno.EBUSY) {
                throw new ErrnoException(
                        name, errno, "it has " + EventHub.MAX_FOLLOWERS + " followers already");
            }
            if (errno != 0) {
                throw unsupported();
            }
            conversation.waitForEver();
            while (true) {
                EventRecord record = new EventRecord(name);
                conversation.record((key, value) -> record.line(key, value.toString()));
                Optional<Event> event = record.event();
                event.ifPresent(sink);
                if (event.isPresent() && event.get().kind() == Event.Kind.CLOSED) {
                    return;
                }
            }
        } catch (UapiConversation.NotAnAnswerException e) {
            throw unsupported();
        } catch (UapiConversation.EndedException e) {
            throw new IOException(name + ": its process has ended", e);
        }
    }

    private IOException unsupported() {
        return new IOException(
                name
                        + ": its process does not report events; wireguard-java and wgj run of this"
                        + " version do, wireguard-go does not");
    }

    /**
     * Configures the interface. Commands applied before a failed one keep their effect.
     *
     * @throws ErrnoException with the errno of the reply, if the interface refused a command
     * @throws IOException when there is no such interface, it cannot be accessed or does not answer
     */
    public void set(List<SetCommand> commands) throws IOException {
        List<CharSequence> request = new ArrayList<>(commands.size() + 1);
        request.add("set=1");
        try {
            commands.forEach(command -> request.add(SetText.line(command)));
            ask("set", request, (key, value) -> {});
        } finally {
            for (CharSequence line : request) {
                if (line instanceof ByteText secret) {
                    secret.wipe();
                }
            }
        }
    }

    private void ask(
            String what, List<? extends CharSequence> request, UapiConversation.Lines answer)
            throws IOException {
        int errno;
        try (UapiConversation conversation = UapiConversation.open(path)) {
            errno = conversation.ask(request, answer);
        }
        if (errno != 0) {
            throw new ErrnoException(name + ": " + what + " was refused", errno);
        }
    }
}
