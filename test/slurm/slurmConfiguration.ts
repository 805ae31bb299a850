/* The files that set up a cluster of two nodes on this machine. */

/**
 * @param folder the cluster's own
 * @param host this machine's short name
 * @param port of the controller; the next two are the nodes'
 * @returns text by file name
 */
export function slurmConfiguration(folder: string, host: string, port: number): Readonly<Record<string, string>> {
  const node = (name: string, at: number) =>
    `NodeName=${name} NodeHostname=${host} NodeAddr=127.0.0.1 Port=${at} CPUs=4 RealMemory=2000 Gres=gpu:2`;
  const lines = [
    'ClusterName=test',
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${port}`,
    'SlurmUser=root',
    'SlurmdUser=root',
    'AuthType=auth/munge',
    `AuthInfo=socket=${folder}/run/munge.socket`,
    `StateSaveLocation=${folder}/state`,
    `SlurmctldPidFile=${folder}/run/slurmctld.pid`,
    `SlurmctldLogFile=${folder}/log/slurmctld.log`,
    `SlurmdSpoolDir=${folder}/spool-%n`,
    `SlurmdPidFile=${folder}/run/slurmd-%n.pid`,
    `SlurmdLogFile=${folder}/log/slurmd-%n.log`,
    // Nothing is confined: no cgroups, no database.
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'MpiDefault=none',
    'AccountingStorageType=accounting_storage/none',
    'JobAcctGatherType=jobacct_gather/none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU',
    // A queue that is looked at all the time.
    'SchedulerParameters=batch_sched_delay=0,sched_interval=2,sched_min_interval=0,bf_interval=1',
    'KillWait=2',
    'MinJobAge=3600',
    'SlurmdTimeout=10',
    'ReturnToService=2',
    // More CPUs than there are.
    'SlurmdParameters=config_overrides',
    'GresTypes=gpu',
    node('node1', port + 1),
    node('node2', port + 2),
    'PartitionName=main Nodes=node1,node2 Default=YES MaxTime=INFINITE State=UP',
  ];
  return {
    'slurm.conf': `${lines.join('\n')}\n`,
    // GPUs that are none: slurmd wants character devices.
    'gres.conf': `NodeName=node[1-2] Name=gpu File=${folder}/gpu[0-1]\n`,
  };
}
