// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.MachineId;
import org.wgj.mesh.node.NodeFolder;

import java.io.IOException;

/** Keeps a copy of a machine from going on as the same node. */
final class MachineCheck {
    private MachineCheck() {}

    static void check(NodeFolder folder, Identity identity) throws IOException {
        String here = MachineId.ofThisMachine();
        if (!identity.machine().isEmpty() && !here.isEmpty() && !identity.machine().equals(here)) {
            throw new FinalException(
                    folder.path()
                            + " has the identity of another machine: this one seems to be a copy"
                            + " of it, and two nodes with one key disturb each other. On the copy:"
                            + " wgj leave --forget, then wgj join TOKEN. If the machine is the"
                            + " same and only its machine-id changed: wgj join --same-machine",
                    null);
        }
    }
}
