// SPDX-License-Identifier: Apache-2.0
package org.wgj.request;

import org.wgj.tunnel.config.AllowedIps;
import org.wgj.uapi.SetCommand;

import java.util.ArrayList;
import java.util.List;

/** Turns a peer's AllowedIPs into commands of a set request. */
final class AllowedIpCommands {
    private AllowedIpCommands() {}

    static List<SetCommand> of(AllowedIps allowedIps) {
        List<SetCommand> commands = new ArrayList<>();
        if (!allowedIps.incremental()) {
            commands.add(new SetCommand.ReplaceAllowedIps());
        }
        for (AllowedIps.Change change : allowedIps.changes()) {
            commands.add(
                    change.remove()
                            ? new SetCommand.RemoveAllowedIp(change.range())
                            : new SetCommand.AddAllowedIp(change.range()));
        }
        return commands;
    }
}
