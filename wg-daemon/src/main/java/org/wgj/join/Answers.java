// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.StatusSocket;
import org.wgj.mesh.status.NodeState;
import org.wgj.mesh.status.NodeStatus;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/**
 * Waits until a running node has heard of its coordinator and of every other node. Above {@value
 * #EAGER} nodes links are made when they are needed, and only the coordinator is waited for. A node
 * that the coordinator calls offline is not waited for.
 */
public final class Answers {
    private static final int EAGER = 50;
    private static final long PAUSE_MS = 20;

    /** Longer than a node waits for its coordinator's answer. */
    private static final int STATUS_S = 5;

    private final Source source;

    /** Tells the status of a node; empty while it starts or ends. */
    private interface Source {
        Optional<NodeStatus> ask() throws InterruptedException;
    }

    /**
     * The result of waiting.
     *
     * @param status the last one; null if the node never told one
     * @param missing what did not answer, and why, each in one line
     * @param offline nodes that the coordinator calls offline, and peers of other implementations
     */
    public record Result(NodeStatus status, List<String> missing, List<String> offline) {}

    private Answers(Source source) {
        this.source = source;
    }

    /**
     * Prepares to wait for a node of any process.
     *
     * @param folder the node's folder
     */
    public static Answers of(NodeFolder folder) {
        return new Answers(() -> ask(folder));
    }

    /**
     * Prepares to wait for a node of this process.
     *
     * @param node the running node
     */
    public static Answers of(MeshNode node) {
        return new Answers(() -> ask(node));
    }

    /**
     * Waits.
     *
     * @param timeout how long at most
     * @param alive whether the node still runs
     * @return what came of it
     * @throws IOException if the node ended
     * @throws InterruptedException if the thread is interrupted
     */
    public Result await(Duration timeout, BooleanSupplier alive)
            throws IOException, InterruptedException {
        long end = System.nanoTime() + timeout.toNanos();
        while (true) {
            boolean runs = alive.getAsBoolean();
            Optional<NodeStatus> status = source.ask();
            if (status.isEmpty() && !runs) {
                throw new IOException("the node has ended; it printed the reason, or logged it");
            }
            Result result =
                    status.map(Answers::judge)
                            .orElseGet(
                                    () ->
                                            new Result(
                                                    null,
                                                    List.of("the node did not start in time"),
                                                    List.of()));
            if (result.missing().isEmpty() || System.nanoTime() > end) {
                return result;
            }
            Thread.sleep(PAUSE_MS);
        }
    }

    private static Optional<NodeStatus> ask(NodeFolder folder) {
        try {
            return StatusSocket.ask(folder);
        } catch (IOException e) {
            return Optional.empty(); // it is just starting or ending
        }
    }

    private static Optional<NodeStatus> ask(MeshNode node) throws InterruptedException {
        try {
            return Optional.of(node.status().get(STATUS_S, TimeUnit.SECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return Optional.empty(); // it is ending
        }
    }

    /** Says what of a status is not as it should be. */
    static Result judge(NodeStatus status) {
        List<String> missing = new ArrayList<>();
        List<String> offline = new ArrayList<>();
        NodeStatus.Control control = status.control();
        if (!control.connected()) {
            missing.add(
                    "coordinator %s: %s"
                            .formatted(
                                    control.coordinator(),
                                    control.problem().isEmpty()
                                            ? "no answer yet"
                                            : control.problem()));
        } else if (status.revision() == 0) {
            missing.add("coordinator " + control.coordinator() + ": it has sent no map yet");
        }
        Set<Long> away = new HashSet<>();
        if (status.meshOrNull() != null) {
            for (NodeState node : status.meshOrNull().nodes()) {
                if (!node.online() || node.stock()) { // nothing says whether those are on
                    away.add(node.id());
                }
            }
        }
        if (status.peers().size() <= EAGER * status.planes().size()) {
            for (NodeStatus.Peer peer : status.peers()) {
                if (peer.report().kind().isUp()) {
                    continue;
                }
                String line =
                        "%s in plane %s: %s%s"
                                .formatted(
                                        peer.name(),
                                        peer.report().plane(),
                                        peer.report().kind().word(),
                                        peer.report().reason().isEmpty()
                                                ? ""
                                                : " (" + peer.report().reason() + ")");
                (away.contains(peer.report().id()) ? offline : missing).add(line);
            }
        }
        return new Result(status, missing, offline);
    }
}
