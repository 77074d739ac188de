// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.IdentityFile;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.mesh.token.JoinToken;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checks a machine's identity before it is used. */
public final class IdentityCheck {
    private IdentityCheck() {}

    /**
     * Joins, and wipes the token in any case.
     *
     * @return the identity of a member
     * @throws IOException if the mesh refuses or does not answer; the message says what to do
     * @throws InterruptedException if the thread is interrupted
     */
    public static Identity make(
            Joining joining, JoinToken token, Joining.Wish wish, NodeOptions options)
            throws IOException, InterruptedException {
        try {
            return joining.join(token, wish, options);
        } finally {
            token.key().wipe();
        }
    }

    /**
     * Reads the identity of a member and checks that it belongs to this machine.
     *
     * @throws IOException if it does not, or is missing; the message says what to do
     */
    static Identity check(NodeFolder folder) throws IOException {
        Identity identity =
                IdentityFile.read(folder)
                        .filter(read -> read.memberOrNull() != null)
                        .orElseThrow(
                                () ->
                                        new FinalException(
                                                folder.path()
                                                        + ": this machine is in no mesh: wgj join"
                                                        + " TOKEN, or name the folder with"
                                                        + " --state",
                                                null));
        MachineCheck.check(folder, identity);
        if (folder.read("removed").isPresent()) {
            throw new FinalException(
                    "the mesh has removed this node; to join again: wgj join TOKEN",
                    NodeService.REMOVED);
        }
        return identity;
    }

    /**
     * Returns what the kernel calls this machine.
     *
     * @return the host name; empty if it cannot be read
     */
    public static String hostName() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException e) {
            return "";
        }
    }
}
