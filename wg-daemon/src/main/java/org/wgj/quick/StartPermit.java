// SPDX-License-Identifier: Apache-2.0
package org.wgj.quick;

import org.wgj.process.FileLock;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Permits a daemon in a process of its own to make its interface. The command that starts the
 * daemon writes the permit to the interface's journal and passes it on in the environment. Whatever
 * undoes the journal withdraws the permit first. So a daemon whose starter was killed makes no
 * interface after a {@code down} has found none.
 *
 * <p>Making the interface and withdrawing the permit exclude each other by the shared lock of the
 * journals. Immutable.
 */
public final class StartPermit {
    private static final String VARIABLE = "WGJ_START";

    private final String id;
    private final Path journal;

    private StartPermit(String id, Path journal) {
        this.id = id;
        this.journal = journal;
    }

    /** Something that makes an interface. */
    @FunctionalInterface
    public interface Action<T> {
        T run() throws IOException;
    }

    /** Makes a permit that differs from all others. */
    static StartPermit create(Path journal) {
        return new StartPermit(UUID.randomUUID().toString(), journal.toAbsolutePath());
    }

    /** The step that makes it valid. */
    Step.Permit step() {
        return new Step.Permit(id);
    }

    /** Adds this permit to the environment of a daemon. */
    void addTo(Map<String, String> environment) {
        environment.put(VARIABLE, id + " " + journal);
    }

    /**
     * Finds the permit that the starter of this process has passed on.
     *
     * @param interfaceName the interface that this process is to make
     * @param environment that of this process
     * @return nothing if this process may make its interface at any time, as a daemon that a user
     *     or the stock {@code wg-quick} has started
     */
    public static Optional<StartPermit> of(String interfaceName, Map<String, String> environment) {
        String[] words = environment.getOrDefault(VARIABLE, "").split(" ", 2);
        if (words.length < 2 || !Path.of(words[1]).endsWith(Journal.fileName(interfaceName))) {
            return Optional.empty();
        }
        return Optional.of(new StartPermit(words[0], Path.of(words[1])));
    }

    /**
     * Makes an interface if the permit is still valid. Blocks while another process withdraws it.
     *
     * @param make creates the interface; must not use the journals
     * @return what the action returns
     * @throws IOException also if the permit was withdrawn; then the action has not run
     */
    public <T> T use(Action<T> make) throws IOException {
        if (!isValid()) { // without the lock, whose file would have to be deleted again
            throw withdrawn();
        }
        try (var _ = FileLock.lock(Journal.sharedLock(journal.getParent()))) {
            if (isValid()) {
                return make.run();
            }
        }
        Journal.deleteIfEmpty(journal.getParent());
        throw withdrawn();
    }

    private boolean isValid() throws IOException {
        try (var lines = Files.lines(journal)) {
            return lines.filter(Journal::concernsPermits)
                    .reduce((_, last) -> last)
                    .filter(last -> last.equals(StepText.format(step())))
                    .isPresent();
        } catch (NoSuchFileException e) {
            return false;
        }
    }

    private static IOException withdrawn() {
        return new IOException(
                "the command that has started this daemon has ended or was undone, so no interface"
                        + " is made");
    }
}
