// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.mesh.node.NodeSettings;
import org.wgj.mesh.node.UserspacePlane;
import org.wgj.process.ProcessEnd;
import org.wgj.process.Signals;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;
import org.wgj.tunnel.config.FileErrors;
import org.wgj.tunnel.warmup.WarmUp;

import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/**
 * Runs the node of this machine until a signal comes or the mesh removes it. The caller's thread
 * waits.
 */
public final class NodeService {
    /** The exit code after the mesh has removed the node; the unit is not started again then. */
    public static final int REMOVED = 3;

    /** The warm-up takes a processor, which joining needs first. */
    private static final int WARM_UP_AFTER_S = 3;

    /** The file in which the system looks for names first. */
    static final Path HOSTS = Path.of("/etc/hosts");

    private static final Logger LOG = LoggerFactory.getLogger(NodeService.class);

    private final NodeFolder folder;
    private final String version;
    private final Output output;
    private final ServiceManager manager;
    private final AtomicReference<MeshNode> running = new AtomicReference<>();
    private final CountDownLatch done = new CountDownLatch(1);
    private final NodeMetrics metrics;
    private volatile boolean stopping;

    /**
     * Describes the service.
     *
     * @param version the program's version
     * @param manager is told when the node is ready
     * @param metricsOrNull where to serve metrics; null for where the node's options say
     */
    public NodeService(
            NodeFolder folder,
            String version,
            Output output,
            ServiceManager manager,
            NodeOptions.Metrics metricsOrNull) {
        metrics = new NodeMetrics(output, metricsOrNull);
        this.folder = folder;
        this.version = version;
        this.output = output;
        this.manager = manager;
    }

    /**
     * Runs the node.
     *
     * @param newcomer whether it has just joined
     * @param ready called once with the node when its planes are up
     * @return the exit code
     * @throws IOException if there is no identity, or a plane does not come up
     */
    public int run(boolean newcomer, Consumer<MeshNode> ready) throws IOException {
        ProcessEnd.atEnd(ProcessEnd.BOUND, this::stop);
        Signals.endInAnyCase();
        boolean first = true;
        try {
            if (folder.runner().isPresent()) { // it has the ports, too
                throw new IOException(folder.path() + ": another process runs this node");
            }
            while (!stopping) {
                Identity identity = IdentityCheck.check(folder);
                PlanePorts.check(identity);
                MeshNode node =
                        MeshNode.start(
                                folder,
                                identity,
                                identity.options().userspace()
                                        ? UserspacePlane::open
                                        : TunPlane::open,
                                new NodeSettings(version, newcomer && first, maps(identity)));
                running.set(node);
                metrics.began(node, identity.options());
                if (stopping) {
                    node.close();
                }
                String name = identity.memberOrNull().name();
                manager.ready("node " + name + " of mesh " + identity.memberOrNull().mesh());
                if (first) {
                    first = false;
                    RouteForwarding.warnings(identity.options()).forEach(output::warn);
                    ready.accept(node);
                    CompletableFuture.delayedExecutor(WARM_UP_AFTER_S, TimeUnit.SECONDS)
                            .execute(WarmUp::begin);
                }
                MeshNode.End end = node.whenEnded().join();
                metrics.ended();
                LOG.info("the node ended: {}", end);
                switch (end) {
                    case REQUESTED -> {
                        return 0;
                    }
                    case REMOVED -> {
                        forgetNames(identity, output);
                        output.warn(
                                "the mesh has removed this node; its interfaces are gone. To join"
                                        + " again: wgj join TOKEN");
                        return REMOVED;
                    }
                    case FAILED -> {
                        output.warn("an interface of the mesh was deleted or failed");
                        return 1;
                    }
                    case CHANGED -> output.warn("the node has other addresses and starts again");
                }
            }
            return 0;
        } finally {
            ProcessEnd.inOrder(metrics::close, manager::stopping, done::countDown);
        }
    }

    /** Takes the names of a mesh out of the system's file, if they are there. */
    static void forgetNames(Identity identity, Output output) {
        if (identity.options().hosts() && identity.memberOrNull() != null) {
            try {
                new HostsFile(HOSTS, identity.memberOrNull().mesh()).remove();
            } catch (IOException e) {
                output.warn("names of the mesh stay in " + HOSTS + ": " + FileErrors.reason(e));
            }
        }
    }

    private Consumer<MeshMap> maps(Identity identity) {
        return identity.options().hosts()
                ? metrics.maps()
                        .andThen(new HostsFile(HOSTS, identity.memberOrNull().mesh())::update)
                : metrics.maps();
    }

    private void stop() {
        stopping = true;
        MeshNode node = running.get();
        if (node != null) {
            ProcessEnd.inOrder(node::close);
        }
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
