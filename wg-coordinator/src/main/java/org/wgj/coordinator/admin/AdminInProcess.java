// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.admin;

import com.google.gson.JsonElement;

import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.Caller;
import org.wgj.coordinator.registry.Registry;
import org.wgj.mesh.status.SocketAnswer;

import java.io.Closeable;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** Calls the routes in this process, on a store that no running coordinator has. */
public final class AdminInProcess implements AdminCalls {
    private final Closeable store;
    private final ApiRoutes routes = new ApiRoutes();
    private final Caller caller;

    /**
     * Makes the way.
     *
     * @param registry the mesh
     * @param user who calls, for the audit
     * @param store closed with this: the registry, and what follows its changes
     */
    public AdminInProcess(Registry registry, String user, Closeable store) {
        this.store = store;
        caller = new Caller(Caller.Kind.ADMIN, 0, user);
        AdminRoutes.add(routes, registry);
    }

    @Override
    public JsonElement call(String method, String path, JsonElement bodyOrNull) throws IOException {
        URI uri = URI.create(AdminRoutes.BASE + path);
        Map<String, String> query = new HashMap<>();
        if (uri.getQuery() != null) {
            for (String field : uri.getQuery().split("&")) {
                int equals = field.indexOf('=');
                query.put(field.substring(0, equals), field.substring(equals + 1));
            }
        }
        byte[] body =
                bodyOrNull == null
                        ? new byte[0]
                        : bodyOrNull.toString().getBytes(StandardCharsets.UTF_8);
        var reply = routes.call(method, uri.getPath(), query, body, caller);
        return AdminSocket.json(new SocketAnswer(reply.status(), reply.body()));
    }

    @Override
    public void close() throws IOException {
        store.close();
    }
}
