"""What the peer would have reported, made of ktel's report, so that both can be compared field by field."""

COUNTED = {  # the peer's key, ktel's job and field
    "k8s_pods_count": ("cluster-state", "pods_count"),
    "k8s_services_count": ("cluster-state", "services_count"),
    "k8s_nodes_count": ("cluster-state", "nodes_count"),
    **{f"k8s_{kind}_count": ("gateway-api", f"{kind}_count")
       for kind in ("gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "tcproutes",
                    "udproutes", "referencegrants")},
}

SHORT = {"istio": "i", "linkerd": "l", "kuma": "k", "kong-mesh": "km", "consul": "c", "traefik-mesh": "t",
         "app-mesh": "a"}


def counts(report):
    found = {key: report.get(job, {}).get(field) for key, (job, field) in COUNTED.items()}
    return {key: value for key, value in found.items() if value is not None}


def signals(mesh, signs):
    """"i2,i3": the peer's way to say which sign of which mesh there is."""
    return ",".join(sorted(SHORT[name] + sign for field, sign in signs.items()
                           for name in mesh.get(field, []) if name in SHORT))


def meshes(report):
    mesh = report["service-mesh"]
    shares = sorted(f"{SHORT[name]}{count}" for name, count in mesh.get("mesh_services_count", {}).items()
                    if name in SHORT)
    made = {
        "mdep": signals(mesh, {"deployed_by_service": "3"}),
        "kinm": signals(mesh, {"member_by_annotation": "2", "member_by_sidecar": "3",
                               "member_by_init_container": "4"}),
        "mdist": ",".join([f"all{mesh['services_count']}"] + shares),
    }
    return {key: value for key, value in made.items() if value}


def differences(ours, theirs):
    return [f"{key}: ktel {ours.get(key)!r}, peer {theirs.get(key)!r}"
            for key in sorted(ours.keys() | theirs.keys()) if ours.get(key) != theirs.get(key)]
