// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.IdentityFile;
import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** Gets the node of this machine to run: as a unit, or in this process. */
public final class NodeRunner {
    private final NodeFolder folder;
    private final Output output;
    private final String launcherOrNull;

    /**
     * Prepares to run the node.
     *
     * @param output is told what is special
     * @param launcherOrNull the program that a unit would start; null without one
     */
    public NodeRunner(NodeFolder folder, Output output, String launcherOrNull) {
        this.folder = folder;
        this.output = output;
        this.launcherOrNull = launcherOrNull;
    }

    /**
     * Gives a node that does not run other ports.
     *
     * @param identity a member's
     * @param port the UDP port of the first plane; 0 leaves it as it is
     * @param sharedOrNull whether all planes use that port; null leaves it as it is
     * @return the identity to use, which is kept
     * @throws IOException if it cannot be kept
     */
    public Identity usePorts(Identity identity, int port, Boolean sharedOrNull) throws IOException {
        NodeOptions before = identity.options();
        NodeOptions after = port == 0 ? before : before.withPort(port);
        if (sharedOrNull != null) {
            after = after.withSharedPort(sharedOrNull);
        }
        if (after.equals(before)) {
            return identity;
        }
        if (isRunning()) {
            List<String> unused = new ArrayList<>();
            if (after.port() != before.port()) {
                unused.add("--port");
            }
            if (after.sharedPort() != before.sharedPort()) {
                unused.add(after.sharedPort() ? "--shared-port" : "--no-shared-port");
            }
            unused.forEach(
                    option ->
                            output.warn(
                                    option
                                            + " is not used, because the node runs: stop it"
                                            + " first"));
            return identity;
        }
        return keep(identity.withOptions(after));
    }

    private Identity keep(Identity changed) throws IOException {
        IdentityFile.write(folder, changed);
        return changed;
    }

    /**
     * Looks whether the node can run here as it is meant to: without privilege it goes into user
     * space, a newcomer takes another port if the mesh's is taken, and with a plane that is in the
     * way of this machine's networks it does not run.
     *
     * @param identity a member's
     * @param newcomer whether it has just joined
     * @return the identity to use, which is kept
     * @throws IOException if a port or a plane's addresses are in use on this machine; the
     *     membership stays
     */
    public Identity prepare(Identity identity, boolean newcomer) throws IOException {
        if (isRunning()) {
            return identity;
        }
        Identity changed = newcomer ? withFreePort(identity) : identity;
        PlanePorts.check(changed);
        return withPlanes(changed);
    }

    /**
     * A newcomer may take any port that its user has not named: no firewall has a rule for it yet.
     */
    private Identity withFreePort(Identity identity) throws IOException {
        NodeOptions options = identity.options();
        OptionalInt taken = PlanePorts.taken(identity, options.ports());
        OptionalInt free =
                taken.isEmpty() || options.port() != 0
                        ? OptionalInt.empty()
                        : PlanePorts.free(identity);
        if (free.isEmpty()) {
            return identity;
        }
        output.warn(
                "UDP port %d is taken by another program or interface: this node uses port %d%s"
                        .formatted(
                                taken.getAsInt(),
                                free.getAsInt(),
                                identity.memberOrNull().planes().size() == 1 || options.sharedPort()
                                        ? ""
                                        : " and those that follow"));
        return keep(identity.withOptions(options.withPort(free.getAsInt())));
    }

    private Identity withPlanes(Identity identity) throws IOException {
        if (identity.options().userspace()) {
            return identity;
        }
        Optional<String> missing = Privilege.missing();
        if (missing.isPresent()) {
            output.warn(
                    "no interfaces can be made ("
                            + missing.get()
                            + "): the planes run in user space, reached through proxies on"
                            + " loopback");
            return keep(identity.withOptions(identity.options().inUserspace()));
        }
        Collisions.Found found = Collisions.find(identity.memberOrNull().mapPlanes());
        found.warnings().forEach(output::warn);
        if (!found.errors().isEmpty()) {
            throw new IOException(
                    String.join("; ", found.errors())
                            + ": this machine could not reach that any more, so the node does not"
                            + " start. Change that network and run wgj join again, which needs no"
                            + " token now, or wgj join --userspace");
        }
        return identity;
    }

    /**
     * Returns whether a process runs the node.
     *
     * @return true from the moment when it claimed the folder
     */
    public boolean isRunning() {
        try {
            return folder.runner().isPresent();
        } catch (IOException e) {
            return false;
        }
    }

    /**
     * Returns whether {@link #startUnit} would start one.
     *
     * @return false without systemd, without the privilege for it, and without a launcher
     */
    public boolean hasUnits() {
        return launcherOrNull != null && NodeUnit.isPossible();
    }

    /**
     * Starts the node as a unit of systemd.
     *
     * @return false if there is no systemd, or this user may add no units; that is said
     * @throws IOException if systemd refuses
     */
    public boolean startUnit() throws IOException {
        if (!hasUnits()) {
            output.warn(
                    "without systemd the node runs in the background until the machine stops: start"
                            + " \"wgj mesh up --state "
                            + folder.path().getParent()
                            + "\" at each boot");
            return false;
        }
        NodeUnit.install(launcherOrNull, folder);
        IdentityFile.read(folder) // the unit says it in its log alone
                .ifPresent(
                        identity ->
                                RouteForwarding.warnings(identity.options()).forEach(output::warn));
        return true;
    }

    /**
     * Runs the node in this process.
     *
     * @param version the program's version
     * @param newcomer whether it has just joined
     * @param manager is told when it is ready
     * @param ready called once with the node when its planes are up
     * @return the exit code
     * @throws IOException if it runs already, or a plane does not come up
     */
    public int runHere(
            String version, boolean newcomer, ServiceManager manager, Consumer<MeshNode> ready)
            throws IOException {
        return new NodeService(folder, version, output, manager, null).run(newcomer, ready);
    }
}
