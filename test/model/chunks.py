"""Chunks of every encoding from samples: the encoders of the model (see blocks.py)."""
import json,struct,sys
M64=(1<<64)-1
STALE=0x7ff0000000000002
def s64(x):
    x&=M64
    return x-(1<<64) if x>>63 else x
class BW:
    def __init__(s): s.v=bytearray(); s.free=0
    def bits(s,u,n):
        u&=(1<<n)-1
        for i in range(n-1,-1,-1):
            if s.free==0: s.v.append(0); s.free=8
            s.free-=1
            if (u>>i)&1: s.v[-1]|=1<<s.free
    def raw(s,b):
        for x in b: s.bits(x,8)
def uvar(x):
    o=bytearray()
    while x>=0x80: o.append(x&0x7f|0x80); x>>=7
    o.append(x); return bytes(o)
def svar(x): return uvar(((x<<1)^(x>>63))&M64)
def inr(x,n): return -((1<<(n-1))-1)<=x<=1<<(n-1)
VB=[(3,0b10,2),(6,0b110,3),(9,0b1110,4),(12,0b11110,5),(18,0b111110,6),(25,0b1111110,7),(56,0b11111110,8)]
def vint(w,x):
    if x==0: w.bits(0,1); return
    for n,p,pl in VB:
        if inr(x,n): w.bits(p,pl); w.bits(x&M64,n); return
    w.bits(0xff,8); w.bits(x&M64,64)
def vuint(w,x):
    if x==0: w.bits(0,1); return
    for n,p,pl in VB:
        if x<(1<<n): w.bits(p,pl); w.bits(x,n); return
    w.bits(0xff,8); w.bits(x,64)
def clz(x): return 64-x.bit_length()
def ctz(x): return (x&-x).bit_length()-1
class XS: # xor state
    def __init__(s,v=0): s.v=v; s.lead=None; s.trail=0
    def win(s,w,d,reuse,new):
        l=min(clz(d),31); t=ctz(d)
        if s.lead is not None and l>=s.lead and t>=s.trail:
            w.bits(*reuse); w.bits(d>>s.trail,64-s.lead-s.trail); return
        s.lead,s.trail=l,t
        sig=64-l-t
        w.bits(*new); w.bits(l,5); w.bits(sig&63,6); w.bits(d>>t,sig)
    def put(s,w,v):
        d=v^s.v; s.v=v
        if d==0: w.bits(0,1); return
        s.win(w,d,(0b10,2),(0b11,2))
class XorEnc:
    enc=1
    def __init__(s): s.w=BW(); s.n=0; s.x=XS()
    def append(s,st,t,v):
        if s.n==0:
            s.w.raw(svar(t)); s.w.bits(v,64); s.x.v=v; td=0
        else:
            td=(t-s.t)&M64
            if s.n==1: s.w.raw(uvar(td))
            else:
                dod=s64(td-s.td)
                if dod==0: s.w.bits(0,1)
                elif inr(dod,14): s.w.bits(0b10,2); s.w.bits(dod&M64,14)
                elif inr(dod,17): s.w.bits(0b110,3); s.w.bits(dod&M64,17)
                elif inr(dod,20): s.w.bits(0b1110,4); s.w.bits(dod&M64,20)
                else: s.w.bits(0b1111,4); s.w.bits(dod&M64,64)
            s.x.put(s.w,v)
        s.t=t; s.td=td; s.n+=1
    def bytes(s): return struct.pack('>H',s.n)+bytes(s.w.v)
class STE:
    def __init__(s): s.st=0; s.diff=0; s.known=False; s.on=0
    def put(s,w,idx,t,prevt,st):
        if idx==0:
            if st!=0: w.raw(svar(s64(t-st))); s.known=True
        elif s.on==0:
            if st!=s.st or idx==127:
                s.on=idx; s.diff=s64(prevt-st); vint(w,s.diff)
        else:
            d=s64(prevt-st); vint(w,s64(d-s.diff)); s.diff=d
        s.st=st
    def hdr(s): return (0x80 if s.known else 0)|s.on
class Xor2Enc:
    enc=4
    def __init__(s): s.w=BW(); s.n=0; s.x=XS(0); s.ste=STE(); s.t=0
    def val(s,v):
        w=s.w
        if v==STALE: w.bits(0b111,3); return
        d=v^s.x.v; s.x.v=v
        if d==0: w.bits(0,1); return
        s.x.win(w,d,(0b10,2),(0b110,3))
    def append(s,st,t,v):
        w=s.w; pt=s.t
        if s.n==0:
            w.raw(svar(t)); w.bits(v,64); td=0
            if v!=STALE: s.x.v=v
        else:
            td=(t-s.t)&M64
            if s.n==1: w.raw(uvar(td)); s.val(v)
            else:
                dod=s64(td-s.td)
                if dod==0:
                    if v==STALE: w.bits(0b11111,5)
                    else:
                        d=v^s.x.v; s.x.v=v
                        if d==0: w.bits(0,1)
                        else:
                            w.bits(0b10,2); s.x.win(w,d,(0,1),(1,1))
                else:
                    if -4096<=dod<=4095: w.bits(0b110,3); w.bits(dod&M64,13)
                    elif -(1<<19)<=dod<(1<<19): w.bits(0b1110,4); w.bits(dod&M64,20)
                    else: w.bits(0b11110,5); w.bits(dod&M64,64)
                    s.val(v)
        s.ste.put(w,s.n,t,pt,st)
        s.t=t; s.td=td; s.n+=1
    def bytes(s): return struct.pack('>HB',s.n,s.ste.hdr())+bytes(s.w.v)

def f64(b): return struct.unpack('>d',struct.pack('>Q',b))[0]
def b64(f): return struct.unpack('>Q',struct.pack('>d',f))[0]
import math
def put_zt(w,b):
    f=f64(b)
    if f==0: w.bits(0,8); return
    m,e=math.frexp(f)
    if m!=0.5 or e<-242 or e>11: w.bits(255,8); w.bits(b,64); return
    w.bits(e+243,8)
def goround(x): # half away from zero
    if x!=x or math.isinf(x): return x
    t=math.trunc(x)
    if abs(x-t)>=0.5: t+=1 if x>0 else -1
    return t
def put_cb(w,b):
    f=f64(b); tf=f*1000
    whole=False
    if not(tf<0 or tf>33554430) and tf==tf:
        whole=(float(int(goround(f*1000)))/1000==f)
    if not whole: w.bits(0,1); w.bits(b,64); return
    vuint(w,int(goround(tf))+1)
def layout(w,h):
    put_zt(w,h['zt']); vint(w,h['schema'])
    for sp in (h['ps'],h['ns']):
        vuint(w,len(sp))
        for o,l in sp: vuint(w,l); vint(w,o)
    if h['schema']==-53:
        vuint(w,len(h['cv']))
        for c in h['cv']: put_cb(w,c)
def idxs(sp):
    r=[]; i=0; first=True
    for o,l in sp:
        i+=o
        r+=range(i,i+l); i+=l
    return r
def norm(ix):
    r=[]
    last=None
    for i in ix:
        if last is None: r.append([i,1])
        elif i==last+1: r[-1][1]+=1
        else: r.append([i-last-1,1])
        last=i
    return [tuple(x) for x in r]
# a histogram is a dict: zt,schema,ps,ns,cv,cnt,zc,sum,pb,nb (absolute bucket counts; int -> python int (wrapping), float -> bits)
class HBase:
    def __init__(s,st): s.w=BW(); s.n=0; s.crh=0; s.ste=STE() if st else None
    def emptyh(s,h):
        z=0
        return dict(zt=0,schema=0,ps=[],ns=[],cv=[],cnt=0,zc=0,sum=h['sum'],pb=[],nb=[],hint=h['hint'])
    def bytes(s):
        if s.ste: return struct.pack('>HB',s.n|(s.crh<<14),s.ste.hdr())+bytes(s.w.v)
        return struct.pack('>HB',s.n,s.crh<<6)+bytes(s.w.v)
    def append(s,st,t,h):
        if h['sum']==STALE: h=s.emptyh(h)
        if s.n==0:
            s.lay=h; layout(s.w,h)
        pt=s.t if s.n else 0
        s.put(t,h)
        if s.ste: s.ste.put(s.w,s.n,t,pt,st)
        s.n+=1; s.t=t
        s.hist.append((st,t,h)); s.last=h
def deltas(a):
    r=[];p=0
    for x in a: r.append(s64(x-p)); p=x
    return r
class IntEnc(HBase):
    def __init__(s,st=False):
        super().__init__(st); s.enc=5 if st else 2; s.x=XS(); s.hist=[]; s.isst=st
    def put(s,t,h):
        w=s.w
        pd,nd=deltas(h['pb']),deltas(h['nb'])
        if s.n==0:
            vint(w,t); vuint(w,h['cnt']); vuint(w,h['zc']); w.bits(h['sum'],64); s.x.v=h['sum']
            for b in pd+nd: vint(w,b)
            s.td=s.cd=s.zd=0
            s.pb,s.nb=pd,nd; s.pbd=[0]*len(pd); s.nbd=[0]*len(nd)
        else:
            td=s64(t-s.t); cd=s64(h['cnt']-s.cnt); zd=s64(h['zc']-s.zc)
            vint(w,s64(td-s.td))
            if h['sum']==STALE: vint(w,0); vint(w,0)
            else: vint(w,s64(cd-s.cd)); vint(w,s64(zd-s.zd))
            s.x.put(w,h['sum'])
            for new,old,od in ((pd,s.pb,s.pbd),(nd,s.nb,s.nbd)):
                for i,b in enumerate(new):
                    d=s64(b-old[i]); vint(w,s64(d-od[i])); od[i]=d; old[i]=b
            s.td,s.cd,s.zd=td,cd,zd
        s.cnt,s.zc=h['cnt'],h['zc']
    gt=staticmethod(lambda a,b:a>b)
    iszero=staticmethod(lambda a:a==0)
class FloatEnc(HBase):
    def __init__(s,st=False):
        super().__init__(st); s.enc=6 if st else 3; s.hist=[]; s.isst=st
    def put(s,t,h):
        w=s.w
        if s.n==0:
            vint(w,t)
            s.xs=[XS(h['cnt']),XS(h['zc']),XS(h['sum'])]+[XS(b) for b in h['pb']]+[XS(b) for b in h['nb']]
            for x in s.xs: w.bits(x.v,64)
            s.td=0; s.np=len(h['pb'])
        else:
            td=s64(t-s.t); vint(w,s64(td-s.td)); s.td=td
            for i,k in enumerate(('cnt','zc','sum')): s.xs[i].put(w,h[k])
            for i,b in enumerate(h['pb']): s.xs[3+i].put(w,b)
            for i,b in enumerate(h['nb']): s.xs[3+s.np+i].put(w,b)
    gt=staticmethod(lambda a,b:f64(a)>f64(b))
    iszero=staticmethod(lambda a:f64(a)==0)
U,R,N,G=0,2,1,3 # header values (2 bits): unknown, reset(10), not reset(01), gauge(11)
def spread(vals,ix,full):
    m=dict(zip(ix,vals)); return [m.get(i,0) for i in full]
def fresh(e): return type(e)(e.isst)
def append_hist(e,st,t,h):
    """returns (enc, newchunk:bool, recoded:bool)"""
    isint=isinstance(e,IntEnc)
    if e.n==0:
        e.append(st,t,h)
        if h['hint']==3: e.crh=G
        elif h['hint']==1: e.crh=R
        return e,False,False
    def newchunk(crh):
        n=fresh(e); n.crh=crh; n.append(st,t,h); return n,True,False
    L=e.last; lay=e.lay
    gauge=h['hint']==3
    if gauge:
        if e.crh!=G: return newchunk(G)
        if h['sum']!=STALE:
            if L['sum']==STALE: return newchunk(G)
            if h['schema']!=lay['schema'] or f64(h['zt'])!=f64(lay['zt']): return newchunk(G)
            if h['schema']==-53 and not cvmatch(h,lay): return newchunk(G)
    else:
        # counter
        if e.crh==G: return newchunk(N if isint else U)
        if h['hint']==1: return newchunk(R)
        if h['sum']!=STALE:
            if L['sum']==STALE: return newchunk(U)
            if e.gt(L['cnt'],h['cnt']): return newchunk(R)
            if h['schema']!=lay['schema'] or f64(h['zt'])!=f64(lay['zt']): return newchunk(U)
            if h['schema']==-53 and not cvmatch(h,lay): return newchunk(R)
            if e.gt(L['zc'],h['zc']): return newchunk(R)
            for S,B in (('ps','pb'),('ns','nb')):
                ca=dict(zip(idxs(lay[S]),L[B])); cb=dict(zip(idxs(h[S]),h[B]))
                for i,v in ca.items():
                    if i in cb:
                        if e.gt(v,cb[i]): return newchunk(R)
                    elif not e.iszero(v): return newchunk(R)
    if h['sum']==STALE:
        e.append(st,t,h); return e,False,False
    h=dict(h)
    fwd=bwd=False
    info={}
    for S,B in (('ps','pb'),('ns','nb')):
        a=idxs(lay[S]); b=idxs(h[S]); sa,sb=set(a),set(b)
        info[S]=(a,b,sorted(sa|sb),bool(sb-sa),bool(sa-sb))
        fwd|=bool(sb-sa); bwd|=bool(sa-sb)
    if bwd:
        for S,B in (('ps','pb'),('ns','nb')):
            a,b,un,f,bk=info[S]
            if bk: h[B]=spread(h[B],b,un)
            if gauge: h[S]=norm(un)
            elif not fwd: h[S]=lay[S]
            elif bk: h[S]=norm(un)
    if fwd:
        n=fresh(e)
        for (st0,t0,o) in e.hist:
            o=dict(o)
            if o['sum']!=STALE:
                for S,B in (('ps','pb'),('ns','nb')):
                    a,b,un,f,bk=info[S]
                    if f: o[B]=spread(o[B],a,un)
                    o[S]=h[S]
            n.append(st0,t0,o)
        n.crh=e.crh
        n.append(st,t,h)
        return n,True,True
    e.append(st,t,h)
    return e,False,False
def cvmatch(h,l):
    return len(h['cv'])==len(l['cv']) and all(f64(a)==f64(b) for a,b in zip(h['cv'],l['cv']))
def series_encode(samples,floatenc=1,limit=120):
    """samples: list of (type,st,t,payload); type in 'f','h','F'. returns list of (enc,mint,maxt,n,bytes)"""
    out=[]; cur=None; lasttyp=None; i=0; mint=maxt=None
    def desired(typ,st):
        hs=st!=0
        if typ=='f': return 4 if hs or floatenc==4 else 1
        if typ=='h': return 5 if hs else 2
        return 6 if hs else 3
    mk={1:XorEnc,4:Xor2Enc,2:lambda:IntEnc(),5:lambda:IntEnc(True),3:lambda:FloatEnc(),6:lambda:FloatEnc(True)}
    def flush():
        if cur is not None: out.append((cur.enc,mint,maxt,cur.n,cur.bytes()))
    for typ,st,t,p in samples:
        d=desired(typ,st)
        cut=typ!=lasttyp or i>=limit
        if not cut and cur.enc!=d:
            both=cur.enc in(1,4) and d in(1,4)
            cut=(not both) or (st!=0 and cur.enc==1)
        if cut:
            flush(); cur=mk[d](); mint=None; i=0
        lasttyp=typ
        if typ=='f': cur.append(st,t,p)
        else:
            n,new,rec=append_hist(cur,st,t,p)
            if new:
                if not rec: flush(); mint=None; i=0
                cur=n
        maxt=t
        if mint is None: mint=t
        i+=1
    flush()
    return out
def cum(d):
    r=[];a=0
    for x in d: a=s64(a+x); r.append(a)
    return r
def parse_sample(typ,s):
    st=s.get('st',0)
    if typ=='float': return ('f',st,s['t'],int(s['v'],16))
    h=dict(hint=s['hint'],schema=s['schema'],zt=int(s['zero_threshold'],16),sum=int(s['sum'],16),ps=[tuple(x) for x in s['pos_spans']],ns=[tuple(x) for x in s['neg_spans']],cv=[int(x,16) for x in s['custom']])
    if typ=='histogram':
        h.update(cnt=int(s['count']),zc=int(s['zero_count']),pb=cum(s['pos_deltas']),nb=cum(s['neg_deltas'])); return ('h',st,s['t'],h)
    h.update(cnt=int(s['count'],16),zc=int(s['zero_count'],16),pb=[int(x,16) for x in s['pos_abs']],nb=[int(x,16) for x in s['neg_abs']]); return ('F',st,s['t'],h)
if __name__=='__main__':
    bad=0;tot=0
    for fn in sys.argv[1:]:
        d=json.load(open(fn))
        for v in (d['vectors'] if isinstance(d,dict) else d):
            ss=[parse_sample(v['type'],s) for s in v['samples']]
            if v.get('no_cut'):
                e=Xor2Enc()
                for _,st,t,p in ss: e.append(st,t,p)
                got=[(4,ss[0][2],ss[-1][2],e.n,e.bytes())]
            else: got=series_encode(ss,v.get('float_encoding',1))
            exp=[(c['enc'],c['mint'],c['maxt'],c['n'],bytes.fromhex(c['hex'])) for c in v['chunks']]
            tot+=1
            if got!=exp:
                bad+=1
                print('MISMATCH',v['name'],len(got),len(exp))
                for g,x in zip(got,exp):
                    if g!=x: print('  got',g[:4],g[4].hex()[:200]); print('  exp',x[:4],x[4].hex()[:200]); break
    print(tot,'vectors',bad,'bad')
