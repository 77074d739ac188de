// SPDX-License-Identifier: Apache-2.0
package org.wgj.conf;

import org.wgj.protocol.IpPrefix;
import org.wgj.uapi.SetCommand;

import java.util.ArrayList;
import java.util.List;

/**
 * What the AllowedIPs of a peer say.
 *
 * @param incremental whether they are changes ({@code +} and {@code -}) to what the peer has, and
 *     not all of it
 */
public record AllowedIps(boolean incremental, List<Change> changes) {
    /** None, replacing all there are. */
    public static final AllowedIps NONE = new AllowedIps(false, List.of());

    public AllowedIps {
        changes = List.copyOf(changes);
    }

    /** One range, to be routed to the peer or to be taken from it. */
    public record Change(IpPrefix range, boolean remove) {}

    /** What to tell the peer's interface. */
    List<SetCommand> commands() {
        List<SetCommand> commands = new ArrayList<>();
        if (!incremental) {
            commands.add(new SetCommand.ReplaceAllowedIps());
        }
        for (Change change : changes) {
            commands.add(
                    change.remove()
                            ? new SetCommand.RemoveAllowedIp(change.range())
                            : new SetCommand.AddAllowedIp(change.range()));
        }
        return commands;
    }

    /** The ranges that are to be routed to the peer. */
    public List<IpPrefix> added() {
        return changes.stream().filter(change -> !change.remove()).map(Change::range).toList();
    }
}
