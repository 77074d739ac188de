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
 * One interface of a configuration file, brought up, changed and taken down as {@code wg-quick}
 * does it, without the programs {@code ip} and {@code wg}.
 *
 * <p>All that is done is written to a journal first (in {@code /run/wgj}, or where the property
 * {@code wgj.state.directory} says), so that {@link #down} undoes exactly that, also after a crash
 * and by another process. The interface itself is spoken to through its configuration socket alone.
 *
 * <p>Each method is a whole operation that blocks, one at a time for each interface, also among
 * processes. {@link #up} gives up when its work is cancelled, undoes what it did, and throws;
 * undoing is never interrupted. The messages of exceptions are for the user.
 */
public final class Quick {
    private final DeviceStarter starter;
    private final EndpointResolver resolver;
    private final CancellableWork work;
    private final Output output;
    private ConfigFile file;

    /**
     * @param file its keys are needed as long as {@link #up} or {@link #reload} may be called, and
     *     remain the caller's to wipe
     * @param resolver finds the addresses of endpoints, before the interface is made or changed
     * @param work whose end makes {@link #up} and {@link #reload} give up
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
     * Brings the interface up; what a crash has left of it is undone before, as far as that can be
     * done. When this fails everything it did is undone again.
     *
     * @throws InterruptedIOException when its work was cancelled
     * @throws IOException also when an interface of that name exists, which is left alone
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
                down.byJournal(journal); // what still cannot be undone is outside the interface
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
     * Changes the interface to what a newer version of its file says, without dropping a session:
     * peers and their settings, routes, addresses, and an MTU that the file names. Hooks do not
     * run, those for going down are the newer ones from here on; DNS stays.
     *
     * @param newer of the same interface; takes the place of the file this was made with
     * @throws IOException with the interface between the two where something failed half-way; to be
     *     called again, or taken down
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
     * Undoes what {@link #up} and {@link #reload} did; does nothing when that was done already.
     *
     * @throws IOException when a hook failed or something is left, with all else undone
     */
    public void down() throws IOException {
        downByJournal(interfaceName(), false, output);
    }

    /**
     * Takes an interface down, whoever brought it up: one of ours by its journal, whatever became
     * of its file; one of the stock wg-quick's as that would.
     *
     * @param nameOrPath of the file, as {@link ConfigFile#read} takes it
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

    /** Its process undoes the rest when its interface goes; what that user wrote is not for us. */
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
     * Returns false, having undone what was left, where the interface is there all the same: then
     * another program has brought it up since.
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
     * @param work whose end leaves the old file or the new one, as a whole
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
