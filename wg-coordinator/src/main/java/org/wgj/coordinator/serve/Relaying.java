// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.relay.RelayFilter;
import org.wgj.mesh.relay.RelayLimits;
import org.wgj.mesh.relay.RelayMember;
import org.wgj.mesh.status.RelayLoad;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

/**
 * The coordinator's relay: its members are those of the map, and its sessions survive a restart.
 */
final class Relaying {
    private static final Logger LOG = LoggerFactory.getLogger(Relaying.class);
    private static final long MAX_FILE = 64L << 20;
    private static final int WAIT_S = 5;

    private final RelayFilter filter;

    Relaying(PublicKey own, RelayLimits limits) {
        filter = new RelayFilter(limits, new SecureRandom());
        var set =
                filter.submit(
                        relay -> {
                            relay.setOwnKeys(List.of(own));
                            return null;
                        });
        LOG.trace("relay: {}", set);
    }

    RelayFilter filter() {
        return filter;
    }

    /** Returns the work so far; null if the tunnel's loop does not tell in time. Blocks. */
    RelayLoad load() {
        try {
            return RelayLoad.of(filter.statistics().orTimeout(WAIT_S, TimeUnit.SECONDS).join());
        } catch (CompletionException e) {
            LOG.debug("the relay does not say what it does: {}", e.getMessage());
            return null;
        }
    }

    /** Takes the members of a new map; entries of those that are gone end. Any thread. */
    void update(Snapshot snapshot) {
        List<RelayMember> members = new ArrayList<>();
        for (MapNode node : snapshot.map().nodes().values()) {
            node.planes().forEach((plane, member) -> add(members, node.id(), plane, member));
        }
        filter.serve(members, MapNodes.directOnly(snapshot.map()))
                .exceptionally(
                        e -> {
                            LOG.error("the relay's members could not be changed", e);
                            return null;
                        });
    }

    private static void add(List<RelayMember> members, long id, String plane, Membership member) {
        members.add(new RelayMember(id, plane, member.key()));
        if (member.pendingKeyOrNull() != null) {
            members.add(new RelayMember(id, plane, member.pendingKeyOrNull()));
        }
    }

    /** Takes over the sessions of the relay that ran before, and asks their members for one. */
    void restore(Path file) {
        try {
            if (!Files.exists(file) || Files.size(file) > MAX_FILE) {
                return;
            }
            filter.restore(Files.readAllBytes(file))
                    .whenComplete(
                            (sought, failure) -> {
                                if (failure == null) {
                                    LOG.info("the relay asks {} members for a session", sought);
                                } else {
                                    LOG.warn(
                                            "{}: the relay's old sessions are lost: {}",
                                            file,
                                            failure.getMessage());
                                }
                            });
        } catch (IOException e) {
            LOG.warn("{}: the relay's old sessions are lost: {}", file, FileErrors.reason(e));
        }
    }

    /** Writes the sessions down; blocks. */
    void save(Path file) {
        try {
            CoordinatorFolder.write(
                    file, filter.snapshot().orTimeout(WAIT_S, TimeUnit.SECONDS).join());
        } catch (IOException e) {
            LOG.warn("{}: the relay's sessions could not be kept: {}", file, FileErrors.reason(e));
        } catch (RuntimeException e) {
            LOG.warn("{}: the relay's sessions could not be kept: {}", file, e.getMessage());
        }
    }
}
