// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.tun.linux.RtNetlink;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.uapi.UapiClient;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Brings the interface of a configuration file up, changes it and takes it down as {@code wg-quick}
 * does, without the programs {@code ip} and {@code wg}.
 *
 * <p>Each step is first written to a journal (in {@code /run/wgj}, or the folder in the property
 * {@code wgj.state.directory}), so that {@link #down} undoes exactly these steps, also after a
 * crash and in another process. It uses only the configuration socket of the interface.
 *
 * <p>Each method is a whole operation that blocks. Only one runs at a time for each interface, also
 * among processes. {@link #up} gives up when its work is cancelled, undoes what it did, and throws;
 * undoing is never interrupted. The messages of exceptions are for the user.
 */
public final class Quick {
    private final DeviceStarter starter;
    private final EndpointResolver resolver;
    private final CancellableWork work;
    private final Output output;
    private ConfigFile file;

    /**
     * @param file the caller wipes its keys, after the last call of {@link #up} or {@link #reload}
     * @param resolver finds the addresses of endpoints before the interface is created or changed
     * @param work cancelling it makes {@link #up} and {@link #reload} give up
     */
    public Quick(
            ConfigFile file,
            DeviceStarter starter,
            EndpointResolver resolver,
            CancellableWork work,
            Output output) {
        this.file = Objects.requireNonNull(file);
        this.starter = Objects.requireNonNull(starter);
        this.resolver = Objects.requireNonNull(resolver);
        this.work = Objects.requireNonNull(work);
        this.output = Objects.requireNonNull(output);
    }

    public String interfaceName() {
        return file.interfaceName();
    }

    /**
     * Brings the interface up. It first undoes what a crash has left, as far as possible. If it
     * fails, it undoes everything it did.
     *
     * @throws InterruptedIOException if its work was cancelled
     * @throws IOException also if an interface of that name exists; it is left alone
     */
    public void up() throws IOException {
        String name = interfaceName();
        try (Journal journal = Journal.open(name);
                RtNetlink net = RtNetlink.open()) {
            if (Undo.find(net, name) != null) {
                throw exists(
                        name,
                        journal.steps().isEmpty() ? "" : "; take it down first: wgj down " + name);
            }
            Down down = new Down(name, net, output);
            if (!journal.steps().isEmpty()) {
                output.warn("undoing what was left of " + name);
                down.byJournal(journal); // what remains is outside the interface
            }
            try {
                work.run(() -> new Up(file, net, journal, output).run(starter, resolver));
            } catch (InterruptedException e) {
                down.byJournal(journal);
                throw interrupted(name);
            } catch (IOException | RuntimeException e) {
                down.byJournal(journal);
                throw e;
            }
        }
    }

    private static InterruptedIOException interrupted(String name) {
        return new InterruptedIOException(name + ": interrupted");
    }

    static IOException exists(String name, String advice) {
        return new IOException("`" + name + "' already exists" + advice);
    }

    /**
     * Applies a newer version of the file without dropping a session: peers and their settings,
     * routes, addresses, and the MTU if the file has one. Hooks do not run, and DNS stays. From now
     * on down runs the newer hooks.
     *
     * @param newer a file for the same interface; it replaces the present one
     * @throws IOException if a step failed; the interface may have a part of the changes, so call
     *     this again or take the interface down
     */
    public void reload(ConfigFile newer) throws IOException {
        if (!newer.interfaceName().equals(interfaceName())) {
            throw new IllegalArgumentException("the file of another interface");
        }
        try (Journal journal = Journal.open(interfaceName());
                RtNetlink net = RtNetlink.open()) {
            if (!journal.steps().contains(new Step.Complete())) {
                throw new IOException(interfaceName() + " is not up");
            }
            work.run(() -> new Reload(newer, net, journal, output).run(resolver));
            file = newer;
        } catch (InterruptedException e) {
            throw interrupted(interfaceName());
        }
    }

    /**
     * Undoes what {@link #up} and {@link #reload} did. Does nothing if that was undone already.
     *
     * @throws IOException if a hook failed or a step could not be undone; all others are undone
     */
    public void down() throws IOException {
        downByJournal(interfaceName(), false, output);
    }

    /**
     * Takes any interface down: one of ours by its journal, even if its file is gone, and one of
     * the stock wg-quick as wg-quick would.
     *
     * @param nameOrPath the file, as {@link ConfigFile#read} takes it
     * @param force whether to forget what cannot be undone outside the interface
     */
    public static void down(String nameOrPath, boolean force, Output output) throws IOException {
        String fileName = nameOrPath.substring(nameOrPath.lastIndexOf('/') + 1);
        String name =
                fileName.endsWith(".conf")
                        ? fileName.substring(0, fileName.length() - ".conf".length())
                        : fileName;
        if (Journal.exists(name) && downByJournal(name, force, output)) {
            return;
        }
        Optional<String> user = UapiClient.userOf(name);
        if (user.isPresent()) {
            downOfUser(name, user.get(), output);
            return;
        }
        ConfigFile file = ConfigFile.read(nameOrPath);
        file.device().wipe();
        try (RtNetlink net = RtNetlink.open()) {
            if (!new Down(file.interfaceName(), net, output).asWgQuick(file)) {
                throw notAllWell(file.interfaceName());
            }
        }
    }

    /**
     * Deletes a user's interface. Its process undoes the rest; we do not read that user's files.
     */
    private static void downOfUser(String name, String user, Output output) throws IOException {
        try (RtNetlink net = RtNetlink.open()) {
            if (Undo.find(net, name) == null) {
                throw new IOException(
                        "`%s' is not up; run --user %s undoes what is left of it when it starts"
                                .formatted(name, user));
            }
            Undo.deleteLink(net, name, output);
        }
    }

    /**
     * Undoes what is left. Returns false if the interface still exists, because another program has
     * brought it up since.
     */
    private static boolean downByJournal(String name, boolean force, Output output)
            throws IOException {
        try (Journal journal = Journal.open(name);
                RtNetlink net = RtNetlink.open()) {
            List<Step> steps = journal.steps();
            if (steps.isEmpty()) {
                return true;
            }
            boolean well = new Down(name, net, output).byJournal(journal);
            if (journal.steps().contains(new Step.Link())) {
                throw new IOException(name + " could not be deleted; try again");
            }
            if (force && !journal.steps().isEmpty()) {
                output.warn("forgotten: what could not be undone stays until it is undone by hand");
                journal.clear();
                well = true;
            }
            if (steps.stream().noneMatch(Step.From.class::isInstance)
                    && Undo.find(net, name) != null) {
                return false;
            }
            if (!well) {
                throw notAllWell(name);
            }
            return true;
        }
    }

    private static IOException notAllWell(String name) {
        return new IOException(name + " is down, but not all went well");
    }

    /**
     * Writes the interface's present configuration to its file, as SaveConfig does.
     *
     * @param work cancelling it leaves the whole old file or the whole new one
     */
    public static void save(ConfigFile file, CancellableWork work, Output output)
            throws IOException {
        try (RtNetlink net = RtNetlink.open()) {
            SavedConfig saved = new SavedConfig(file.interfaceName(), net, output);
            work.run(() -> saved.write(file.path(), file.quick()));
        } catch (InterruptedException e) {
            throw interrupted(file.interfaceName());
        }
    }
}
