// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.StatusSocket;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.StatusDot;
import org.wgj.mesh.status.StatusText;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A mesh as this machine can see it: as a node, as the coordinator's machine, or as both.
 *
 * @param nodeOrNull what the node here sees; null if none runs here
 * @param meshOrNull what a coordinator knows; null if none answers
 */
public record MeshView(NodeStatus nodeOrNull, MeshStatus meshOrNull) {
    /**
     * Asks the node and the coordinator of this machine.
     *
     * @param state the folder of all state
     * @return what they tell
     * @throws IOException if neither runs here, or they cannot be asked; the message says what to
     *     do
     */
    public static MeshView ask(NodeFolder folder, Path state) throws IOException {
        Optional<NodeStatus> node = StatusSocket.ask(folder);
        if (node.isPresent() && node.get().meshOrNull() != null) {
            return new MeshView(node.get(), node.get().meshOrNull());
        }
        Optional<MeshStatus> mesh = CoordinatorSocket.ask(state);
        if (node.isEmpty() && mesh.isEmpty()) {
            throw new IOException(
                    state.toAbsolutePath()
                            + ": neither a node nor a coordinator runs here: wgj join TOKEN, or"
                            + " name the folder with --state");
        }
        return new MeshView(node.orElse(null), mesh.orElse(null));
    }

    /**
     * Returns whether all is well, as far as it can be seen.
     *
     * @return false if a node that is online does not answer, or no coordinator does
     */
    public boolean isWhole() {
        return nodeOrNull == null
                ? StatusText.isWhole(meshOrNull)
                : Answers.judge(nodeOrNull).missing().isEmpty()
                        && (meshOrNull == null || StatusText.isWhole(meshOrNull));
    }

    /**
     * Formats the view for a terminal.
     *
     * @return lines, each with its end
     */
    public String text() {
        String own = nodeOrNull == null ? "" : NodeText.format(nodeOrNull);
        String whole =
                meshOrNull == null
                        ? "no coordinator answers: this is what this node sees\n"
                        : StatusText.format(meshOrNull);
        return own.isEmpty() ? whole : whole + "\n" + own;
    }

    /**
     * Formats the view as JSON.
     *
     * @param more writes further members
     * @return an object with {@code node} and {@code mesh}, if they are known
     */
    public String json(Consumer<JsonOut> more) {
        return JsonOut.pretty(
                out -> {
                    if (nodeOrNull != null) {
                        out.object("node", nodeOrNull.withoutMesh()::write);
                    }
                    if (meshOrNull != null) {
                        out.object("mesh", meshOrNull::write);
                    }
                    more.accept(out);
                });
    }

    /**
     * Formats the view as a graph.
     *
     * @return a graph for Graphviz
     * @throws IOException if no coordinator answers
     */
    public String dot() throws IOException {
        if (meshOrNull == null) {
            throw new IOException("no coordinator answers, so there is no graph of the mesh");
        }
        return StatusDot.format(meshOrNull);
    }
}
