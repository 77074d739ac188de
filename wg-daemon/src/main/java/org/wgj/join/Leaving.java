// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.node.Farewell;
import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.IdentityFile;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.quick.Output;
import org.wgj.tunnel.config.FileErrors;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Takes this machine out of its mesh. */
public final class Leaving {
    private static final int END_S = 20;
    private static final Duration ANSWER = Duration.ofSeconds(5);

    private final NodeFolder folder;
    private final Output output;

    /**
     * Prepares to leave.
     *
     * @param output is told what does not work
     */
    public Leaving(NodeFolder folder, Output output) {
        this.folder = folder;
        this.output = output;
    }

    /**
     * Ends the node, tells the mesh, and deletes unit and identity.
     *
     * @param tell whether to tell the mesh
     * @return whether the mesh knows; false also if it was not told
     * @throws IOException if the node cannot be ended or its files not be deleted
     */
    public boolean leave(boolean tell) throws IOException {
        Optional<Identity> identity = Optional.empty();
        try {
            identity = IdentityFile.read(folder);
        } catch (AccessDeniedException e) {
            throw e; // nothing of it is ours
        } catch (IOException e) {
            output.warn(FileErrors.text(e)); // damaged: it is deleted
        }
        NodeUnit.remove();
        if (!Files.isDirectory(folder.path())) {
            return false;
        }
        stopRunner();
        boolean told = false;
        try (Closeable claim =
                folder.claim()
                        .orElseThrow(() -> new IOException(folder.path() + ": it still runs"))) {
            if (tell && claim != null && identity.isPresent() && isMember(identity.get())) {
                told = tell(identity.get());
            }
            identity.ifPresent(known -> NodeService.forgetNames(known, output));
            IdentityFile.delete(folder);
            folder.deleteIfUnused();
        }
        return told;
    }

    private boolean isMember(Identity identity) throws IOException {
        return identity.memberOrNull() != null && folder.read("removed").isEmpty();
    }

    private boolean tell(Identity identity) {
        try {
            MachineCheck.check(folder, identity); // a copy must not take the original out
            Farewell.say(folder, identity, ANSWER);
            return true;
        } catch (IOException e) {
            output.warn(
                    "the mesh was not told (%s): remove the node there: wgj mesh rm %s"
                            .formatted(FileErrors.text(e), identity.memberOrNull().name()));
            return false;
        }
    }

    /** Ends the process that runs the node in the background. */
    void stopRunner() throws IOException {
        long pid = folder.runner().orElse(0L);
        Optional<ProcessHandle> process = pid == 0 ? Optional.empty() : ProcessHandle.of(pid);
        if (process.isEmpty()) {
            return;
        }
        if (!process.get().destroy()) {
            throw new IOException("the node's process " + pid + " cannot be ended: try as root");
        }
        try {
            process.get().onExit().get(END_S, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException(
                    "the node's process " + pid + " does not end within " + END_S + " s", e);
        } catch (ExecutionException e) {
            throw new IOException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
